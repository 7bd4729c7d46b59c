import { isSkerryError } from '../../errors.ts';
import { silentLogger } from '../../ports/logger.ts';
import { nodePorts } from '../../ports/node/index.ts';
import { openOutboxProducer } from '../producer.ts';
import { killLimit, killStreams } from './kill-streams.ts';

// Appends to the folder that it is given, without an end, and says `STREAM NUMBER TEXT` of what was promised.

const { disk, clock, random } = nodePorts();
const outbox = await openOutboxProducer({
  disk,
  clock,
  random,
  logger: silentLogger,
  folder: process.argv[2]!,
  limit: killLimit,
  streams: killStreams,
  time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
});
process.stdout.write('open\n');

async function append(name: (typeof killStreams)[number]['name'], text: string, more: number): Promise<void> {
  try {
    const number = await outbox.append(name, text + 'x'.repeat(more));
    process.stdout.write(`${name} ${number} ${text}\n`);
  } catch (error) {
    // What is more urgent may have all the room.
    if (!isSkerryError(error, 'OutboxFull')) throw error;
  }
}

for (let count = 0; ; count++) {
  const { name } = killStreams[count % killStreams.length]!;
  const texts = Array.from({ length: 1 + (count % 5) }, (_, index) => `${process.pid}/${count}/${index}`);
  await Promise.all(texts.map((text) => append(name, text, (count * 37) % 900)));
}
