import { SkerryError } from '@skerry/kit';
import type { AgentState, FactName } from '../../../agent/src/state/state.ts';
import { memoryState } from '../../../agent/src/testing/memory-state.ts';
import type { Medium } from './sim-disk.ts';
import type { SimProcess } from './sim-process.ts';

/** What an agent has committed, as its database would keep it: the list of its writes, in order. */
export interface CommittedState {
  /** How many writes there were. */
  readonly writes: number;
  /** The state as a process sees it. */
  open(process: SimProcess): AgentState;
  /** Goes back to what stood after the first `writes` of them: an old image of the disk. */
  goBackTo(writes: number): void;
  /** The same in a copy of the disk. */
  copy(medium: Medium, onFact: OnFact): CommittedState;
}

type OnFact = (name: FactName, value: unknown) => void;
type Write = (state: AgentState) => unknown;

const noRoom = () =>
  new SkerryError({
    code: 'DiskFull',
    detail: 'the state was not kept: the disk is full',
    next: 'Free some space.',
  });

/** `onFact` is told of every fact that was committed. */
export function committedState(medium: Medium, onFact: OnFact, from: readonly Write[] = []): CommittedState {
  let log = [...from];
  let state = replay(log);

  const commit = <T>(process: SimProcess, write: (state: AgentState) => T): T => {
    process.requireAlive();
    if (medium.full) throw noRoom();
    log.push(write);
    return write(state);
  };

  return {
    get writes() {
      return log.length;
    },
    open(process) {
      const look = <T>(read: (state: AgentState) => T): T => {
        process.requireAlive();
        return read(state);
      };
      return {
        positions: () => look((it) => it.positions()),
        recall: (name) => look((it) => it.recall(name)),
        savePosition: (position) => commit(process, (it) => it.savePosition(position)),
        remember(name, value) {
          commit(process, (it) => it.remember(name, value));
          onFact(name, value);
        },
        commands: {
          find: (id) => look((it) => it.commands.find(id)),
          count: () => look((it) => it.commands.count()),
          begin: (command) => commit(process, (it) => it.commands.begin(command)),
          settle: (id, outcome) => commit(process, (it) => it.commands.settle(id, outcome)),
          receive: (command, body) => commit(process, (it) => it.commands.receive(command, body)),
          forget: (upTo) => commit(process, (it) => it.commands.forget(upTo)),
        },
        inbox: { after: (number) => look((it) => it.inbox.after(number)) },
        close() {},
      };
    },
    goBackTo(writes) {
      log = log.slice(0, writes);
      state = replay(log);
    },
    copy: (other, onOtherFact) => committedState(other, onOtherFact, log),
  };
}

function replay(log: readonly Write[]): AgentState {
  const state = memoryState();
  for (const write of log) write(state);
  return state;
}
