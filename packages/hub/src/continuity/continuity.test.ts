import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Continuity, confirmed, judge, offer, unmet } from './continuity.ts';

/** One session of a device: what of it got through. */
const session = fc.record({
  helloTwice: fc.boolean(),
  welcomed: fc.boolean(),
  stored: fc.boolean(),
  confirmArrives: fc.boolean(),
});
type Session = typeof session extends fc.Arbitrary<infer T> ? T : never;

/** The hub, with as many devices as are told to speak. */
function world() {
  let hub: Continuity = unmet;
  let secrets = 0;
  let sessions = 0;
  return {
    /** What it has stored afterwards, or undefined when the hub took it for another. */
    meet(stored: string | null, { helloTwice, welcomed, stored: kept, confirmArrives }: Session) {
      const hello = { session: `session-${++sessions}`, shown: stored };
      const verdict = judge(hub, hello);
      if (verdict === 'contradicts') return undefined;
      const fresh = `secret-${++secrets}`;
      hub = offer(hub, hello, fresh);
      if (helloTwice) assert.equal(judge(hub, hello), 'repeated');
      if (!welcomed || !kept) return { stored };
      if (confirmArrives) hub = confirmed(hub, fresh);
      return { stored: fresh };
    },
  };
}

const whole: Session = {
  helloTwice: false,
  welcomed: true,
  stored: true,
  confirmArrives: true,
};

test('a device that is cut off anywhere, any number of times, is never taken for another', () => {
  fc.assert(
    fc.property(fc.array(session, { maxLength: 60 }), (history) => {
      const hub = world();
      let stored: string | null = null;
      for (const one of history) {
        const met = hub.meet(stored, one);
        assert.ok(met, 'taken for another');
        stored = met.stored;
      }
    }),
  );
});

test('of two with one memory, one is found out by their second whole session', () => {
  fc.assert(
    fc.property(fc.array(session, { maxLength: 30 }), fc.boolean(), (history, copyFirst) => {
      const hub = world();
      let stored: string | null = null;
      for (const one of history) stored = hub.meet(stored, one)?.stored ?? null;
      const [first, second] = copyFirst ? ['copy', 'device'] : ['device', 'copy'];
      const met = { [first!]: hub.meet(stored, whole), [second!]: hub.meet(stored, whole) };
      assert.ok(met[first!], 'the first goes on');
      assert.equal(met[second!], undefined, 'the second is found out');
    }),
  );
});

test('an old image that is put back is found out once a session of it was whole', () => {
  const hub = world();
  const old = hub.meet(null, whole)!.stored;
  const newer = hub.meet(old, whole)!.stored;
  assert.equal(hub.meet(old, whole), undefined);
  assert.ok(hub.meet(newer, whole));
});

test('a secret that was offered and never confirmed is as good as the one before it', () => {
  const hub = world();
  const first = hub.meet(null, whole)!.stored;
  const second = hub.meet(first, { ...whole, confirmArrives: false })!.stored;
  assert.ok(hub.meet(first, { ...whole, stored: false }), 'it may not have stored it');
  assert.ok(hub.meet(second, whole), 'or it may');
  assert.equal(hub.meet(first, whole), undefined);
});
