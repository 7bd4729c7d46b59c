import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { isSkerryError } from '@skerry/kit';
import type { StatusOf } from './errors.ts';
import type { StartInfer } from './infer-handler.ts';
import { streamError, streamResponse } from './stream-response.ts';

/** Requests of one stream that are in work or waiting to be answered in their turn, at most. */
const WINDOW = 16;

interface Slot {
  message: Buffer | undefined;
  cancel: (() => void) | undefined;
}

/**
 * `ModelStreamInfer`: requests run beside one another and are answered in their order. An error is a message of
 * the stream, which goes on (as in Triton); it ends when the client has ended it and all is answered.
 */
export function streamHandler(
  start: StartInfer,
  statusOf: StatusOf,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const slots: Slot[] = [];
    let [ended, full] = [false, false];

    const flush = () => {
      while (!full && slots[0]?.message) full = !call.write(slots.shift()!.message!);
      if (slots.length === 0 && ended) call.end();
      else if (slots.length < WINDOW) call.resume();
    };
    const fill = (slot: Slot, message: Buffer) => {
      slot.message = message;
      flush();
    };
    call.on('data', (bytes: Buffer) => {
      const slot: Slot = { message: undefined, cancel: undefined };
      slots.push(slot);
      if (slots.length >= WINDOW) call.pause();
      const fail = (error: unknown) => fill(slot, streamError(statusOf(error).details));
      try {
        slot.cancel = start(call, bytes, (error, response) =>
          error ? fail(error) : fill(slot, streamResponse(response!)),
        );
      } catch (error) {
        // Who may not ask is told once, by the call's own status.
        if (isSkerryError(error, 'KeyRefused') || isSkerryError(error, 'KeyNotPermitted'))
          call.emit('error', statusOf(error));
        else fail(error);
      }
    });
    call.on('drain', () => {
      full = false;
      flush();
    });
    call.on('end', () => {
      ended = true;
      flush();
    });
    call.on('cancelled', () => {
      for (const { cancel } of slots.splice(0)) cancel?.();
    });
  };
}
