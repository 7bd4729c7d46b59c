import type { Random } from '@skerry/kit';

/** One `kill -9`. Who is hit is drawn among those who live then. */
export interface PlannedKill {
  readonly atMs: number;
  /** 0 to 1. */
  readonly draw: number;
}

/** One fault, that comes and goes. */
export interface PlannedFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly kind: string;
  /** 0 to 1: at which of the places that it can befall. */
  readonly draw: number;
  /** 0 to 1: how bad, of the kinds that know more than one way. */
  readonly size: number;
}

export interface Plan {
  readonly kills: readonly PlannedKill[];
  readonly faults: readonly PlannedFault[];
  /** Ms that no fault outlasts. */
  readonly longestMs: number;
}

export interface PlanWish {
  readonly forMs: number;
  readonly kills: number;
  readonly kinds: readonly FaultKind[];
}

export interface FaultKind {
  readonly kind: string;
  /** Comes in every nth round alone, and the first. */
  readonly everyNth: number;
}

/** Part of the kills that come right behind another, while what died is being started again. */
const closeBehind = 0.25;
const closeMs = 700;
const meanGapMs = 4_000;
const faultMs = { least: 1_500, most: 8_000 };
/** Of the whole time, at its end, in which no fault begins. */
const calmEnd = 0.1;
const longestPart = 0.15;

/** What will happen, and when, by the seed alone. */
export function makePlan({ forMs, kills, kinds }: PlanWish, random: Random): Plan {
  const longestMs = forMs * longestPart;
  return { kills: planKills(forMs, kills, random), faults: planFaults(forMs, kinds, random), longestMs };
}

function planKills(forMs: number, count: number, random: Random): PlannedKill[] {
  const times: number[] = [];
  while (times.length < count) {
    const before = times[Math.floor(random.number() * times.length)];
    const isClose = before !== undefined && random.number() < closeBehind;
    times.push(isClose ? Math.min(forMs, before + random.number() * closeMs) : random.number() * forMs);
  }
  return times.sort((a, b) => a - b).map((atMs) => ({ atMs, draw: random.number() }));
}

/** Every kind of a round before any comes again, in an order that changes. */
function planFaults(forMs: number, kinds: readonly FaultKind[], random: Random): PlannedFault[] {
  const end = forMs * (1 - calmEnd);
  const gapMs = Math.min(meanGapMs, end / (kinds.length + 1));
  const faults: PlannedFault[] = [];
  let deck: string[] = [];
  let round = 0;
  for (
    let atMs = gapMs * random.number();
    atMs < end && kinds.length > 0;
    atMs += gapMs * (0.5 + random.number())
  ) {
    if (deck.length === 0) deck = shuffled(kindsOf(kinds, round++), random);
    const forMs = faultMs.least + random.number() * (faultMs.most - faultMs.least);
    faults.push({ atMs, forMs, kind: deck.pop()!, draw: random.number(), size: random.number() });
  }
  return faults;
}

const kindsOf = (kinds: readonly FaultKind[], round: number) =>
  kinds.filter(({ everyNth }) => round % everyNth === 0).map(({ kind }) => kind);

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.number() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The item that a number from 0 to 1 points at. */
export function drawn<T>(items: readonly T[], draw: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(draw * items.length))];
}
