import type { Clock } from '@skerry/kit';

/**
 * The best known time. Until the hub has told it in this life it is the machine's clock, which may be wrong, and
 * never less than what certainly lies behind us. Once told it goes on with the monotonic clock, so that a wall
 * clock that jumps changes nothing.
 */
export interface TrustedTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A moment that certainly lies behind us, ms: the highest that the hub ever signed, and what went by since. */
  readonly atLeast: number;
  /** Whether the hub has told it in this life. */
  readonly known: boolean;
  /** By how much the machine's clock was ahead of the hub's when it told, ms. */
  readonly ahead: number;
  /** The hub has signed this moment. */
  witness(moment: number): void;
  /** A certificate of the hub was verified: it was made before now. Its hub cannot speak of a time after its end. */
  met(validity: { readonly notBefore: number; readonly notAfter: number }): void;
  /** The verified hub says what time it is. */
  learn(hubTime: number): void;
}

/** `past` is the highest moment that the hub signed in earlier lives; `keep` is told of every higher one. */
export function trustedTime(
  clock: Clock,
  past: number,
  keep: (moment: number) => void = () => {},
): TrustedTime {
  const since = ({ time, at }: { time: number; at: number }) => time + clock.monotonic() - at;
  let behind = { time: past, at: clock.monotonic() };
  let learnt: { time: number; at: number; ahead: number } | undefined;
  let hubEnds = Number.POSITIVE_INFINITY;

  const witness = (moment: number) => {
    if (!(moment >= since(behind))) return;
    behind = { time: moment, at: clock.monotonic() };
    keep(moment);
  };

  return {
    now: () => (learnt ? since(learnt) : Math.max(clock.now(), since(behind))),
    get atLeast() {
      return Math.max(since(behind), learnt ? since(learnt) : 0);
    },
    get known() {
      return learnt !== undefined;
    },
    get ahead() {
      return learnt?.ahead ?? 0;
    },
    witness,
    met({ notBefore, notAfter }) {
      witness(notBefore);
      hubEnds = notAfter;
    },
    learn(hubTime) {
      if (!(hubTime <= hubEnds)) return;
      learnt = { time: hubTime, at: clock.monotonic(), ahead: clock.now() - hubTime };
      witness(hubTime);
    },
  };
}
