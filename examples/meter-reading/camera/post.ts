import { Agent, request } from 'node:http';

export interface Shot {
  readonly frame: number;
  readonly pixels: Uint8Array;
}

export interface Poster {
  /** Resolves once the runtime said that the frame is safe; rejects when it will not be by `until` (ms since the epoch). */
  post(shot: Shot, until: () => number): Promise<void>;
  close(): void;
}

const answerWithinMs = 2000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

/** Posts frames as CloudEvents in HTTP's binary mode. A frame that got no answer is sent again under the same number. */
export function openPoster(url: string, source: string): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    async post(shot, until) {
      for (let attempt = 0; ; attempt++) {
        const fault = await send(agent, url, source, shot);
        if (!fault) return;
        if (fault.final || Date.now() >= until()) throw new Error(`frame ${shot.frame}: ${fault.why}`);
        await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10)));
      }
    },
    close: () => agent.destroy(),
  };
}

interface Fault {
  readonly why: string;
  /** Another try would not help. */
  readonly final: boolean;
}

function send(
  agent: Agent,
  url: string,
  source: string,
  { frame, pixels }: Shot,
): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': pixels.length,
      'ce-specversion': '1.0',
      'ce-id': String(frame),
      'ce-source': source,
      'ce-type': 'dev.skerry.frame.v1',
    };
    const lost = (error: Error) => resolve({ why: error.message, final: false });
    const posting = request(url, { agent, method: 'POST', headers, timeout: answerWithinMs }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      response.on('error', lost);
      response.on('end', () => resolve(status === 200 ? undefined : faultOf(status)));
    });
    posting.on('timeout', () => posting.destroy(new Error('no answer in time')));
    posting.on('error', lost);
    posting.end(pixels);
  });
}

/** A pipeline that is not there yet (404), or is busy (429, 5xx), may take the frame later. */
function faultOf(status: number): Fault {
  return {
    why: `the runtime answered ${status}`,
    final: status >= 400 && status < 500 && status !== 404 && status !== 429,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
