import { SkerryError } from '@skerry/kit';
import type { CommandName } from '../../../agent/src/commands/records.ts';
import type { AgentState, FactName, Position } from '../../../agent/src/state/state.ts';
import { memoryState } from '../../../agent/src/testing/memory-state.ts';
import type { Medium } from './sim-disk.ts';
import type { SimProcess } from './sim-process.ts';

/** What an agent has committed, as its database would keep it: the list of its writes, in order. */
export interface CommittedState {
  /** The state as a process sees it. */
  open(process: SimProcess): AgentState;
  /** What it is now; called, it goes back to that. */
  image(): () => void;
  /** The same in a copy of the disk. */
  copy(medium: Medium, told: StateWatch): CommittedState;
}

/** Told of what was committed. */
export interface StateWatch {
  fact(name: FactName, value: unknown): void;
  /** Of what was to be kept, too: the agent goes by it either way. */
  position(position: Position): void;
  /** A command is begun, or a message is in the inbox. */
  begun(command: CommandName): void;
}

type Write = (state: AgentState) => unknown;

const noRoom = () =>
  new SkerryError({
    code: 'DiskFull',
    detail: 'the state was not kept: the disk is full',
    next: 'Free some space.',
  });

export function committedState(
  medium: Medium,
  told: StateWatch,
  from: readonly Write[] = [],
): CommittedState {
  let log = [...from];
  let state = replay(log);

  const commit = <T>(process: SimProcess, write: (state: AgentState) => T): T => {
    process.requireAlive();
    if (medium.full) throw noRoom();
    log.push(write);
    return write(state);
  };

  return {
    open(process) {
      const look = <T>(read: (state: AgentState) => T): T => {
        process.requireAlive();
        return read(state);
      };
      return {
        positions: () => look((it) => it.positions()),
        recall: (name) => look((it) => it.recall(name)),
        savePosition(position) {
          told.position(position);
          commit(process, (it) => it.savePosition(position));
        },
        remember(name, value) {
          commit(process, (it) => it.remember(name, value));
          told.fact(name, value);
        },
        commands: {
          find: (id) => look((it) => it.commands.find(id)),
          count: () => look((it) => it.commands.count()),
          begin(command) {
            commit(process, (it) => it.commands.begin(command));
            told.begun(command);
          },
          settle: (id, outcome) => commit(process, (it) => it.commands.settle(id, outcome)),
          receive(command, body) {
            const outcome = commit(process, (it) => it.commands.receive(command, body));
            told.begun(command);
            return outcome;
          },
          forget: (upTo) => commit(process, (it) => it.commands.forget(upTo)),
        },
        inbox: { after: (number) => look((it) => it.inbox.after(number)) },
        close() {},
      };
    },
    image() {
      const kept = [...log];
      return () => {
        log = [...kept];
        state = replay(log);
      };
    },
    copy: (other, toldOfOther) => committedState(other, toldOfOther, log),
  };
}

function replay(log: readonly Write[]): AgentState {
  const state = memoryState();
  for (const write of log) write(state);
  return state;
}
