import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { portOf } from './listening.ts';
import { startRelay } from './relay.ts';

/** A server that says each chunk back. */
async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (chunk) => socket.write(chunk));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return String((await once(socket, 'data'))[0]);
}

describe('a relay', () => {
  it('passes bytes both ways until it is cut, and again once it is mended', async () => {
    await using echo = await startEcho();
    await using relay = await startRelay(echo.port);
    const first = connect(relay.port, '127.0.0.1');
    assert.equal(await ask(first, 'a'), 'a');
    relay.cut();
    await once(first, 'close');
    const refused = connect(relay.port, '127.0.0.1').on('error', () => {});
    await once(refused, 'close');
    relay.mend();
    const second = connect(relay.port, '127.0.0.1');
    assert.equal(await ask(second, 'b'), 'b');
    assert.equal(relay.connections, 3);
  });

  it('loses the answer to what a chosen client says second', async () => {
    await using echo = await startEcho();
    await using relay = await startRelay(echo.port);
    relay.loseReply(2);
    const first = connect(relay.port, '127.0.0.1');
    await ask(first, '1');
    assert.equal(await ask(first, '2'), '2');
    const second = connect(relay.port, '127.0.0.1');
    assert.equal(await ask(second, '1'), '1');
    let lost = '';
    second.on('data', (chunk) => {
      lost += chunk;
    });
    second.write('2');
    // The echo of another connection comes later than the lost one would have.
    assert.equal(await ask(first, '3'), '3');
    assert.equal(lost, '');
  });
});
