import { type InboxMessage, inboxPage } from '@skerry/contracts';
import type { Http } from '@skerry/kit';
import { askAgent } from '../status/ask-status.ts';

export interface MessagesVerbOptions {
  readonly http: Http;
  /** The agent's state folder. */
  readonly folder: string;
  /** Only those behind this number. */
  readonly after: number;
  readonly follow: boolean;
  readonly json: boolean;
  readonly out: { write(text: string): unknown };
  /** Hears what is missing. */
  readonly err: { write(text: string): unknown };
  /** Ends the following. */
  readonly signal: AbortSignal;
}

const WAIT_SECONDS = 20;
const DEADLINE_MS = 30_000;

/** Shows what the hub's people sent to the programs of this site. Rejects with `Unreachable` where no agent runs. */
export async function showMessages({
  http,
  folder,
  follow,
  json,
  out,
  err,
  signal,
  ...from
}: MessagesVerbOptions) {
  let { after } = from;
  const wait = follow ? WAIT_SECONDS : 0;
  while (!signal.aborted) {
    const path = `/v1/messages?after=${after}&waitSeconds=${wait}`;
    const answer = await askAgent(http, folder, path, { deadlineMs: DEADLINE_MS, signal }).catch((error) => {
      if (signal.aborted) return { messages: [], oldest: after + 1 };
      throw error;
    });
    const { messages, oldest } = inboxPage.parse(answer);
    // Whoever begins at 0 wants what there is.
    if (after > 0 && oldest > after + 1) {
      err.write(`agent: messages behind ${after} are missing: those before ${oldest} are gone\n`);
      after = oldest - 1;
    }
    for (const message of messages) out.write(`${json ? JSON.stringify(message) : textOf(message)}\n`);
    after = messages.at(-1)?.number ?? after;
    if (!follow && messages.length === 0) return;
  }
}

const textOf = ({ number, body }: InboxMessage) => `${number} ${JSON.stringify(body)}`;
