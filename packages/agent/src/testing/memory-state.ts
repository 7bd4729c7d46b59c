import { type AgentState, type FactName, facts, type Position } from '../state/state.ts';
import { memoryCommands } from './memory-commands.ts';

/** State that outlives an agent in a test, as a disk would. */
export function memoryState(): AgentState {
  const positions = new Map<string, Position>();
  const values = new Map<string, string>();
  return {
    positions: () => [...positions.values()],
    savePosition: (position) =>
      void positions.set(`${position.producer}/${position.stream}`, { ...position }),
    recall: <Name extends FactName>(name: Name) => {
      const text = values.get(name);
      return facts[name].parse(text === undefined ? undefined : JSON.parse(text)) as never;
    },
    remember: (name, value) => void values.set(name, JSON.stringify(value)),
    ...memoryCommands(),
    close() {},
  };
}
