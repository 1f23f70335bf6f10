/** The send queue with peers that read slowly or not at all. */
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { mock, test } from "node:test";
import fc from "fast-check";
import { SendBudget } from "../../src/live/send-budget.js";
import { SendQueue } from "../../src/live/send-queue.js";
import { fuzzRuns } from "../support/runs.js";

/** A peer that reads only when the test calls it. */
class Peer extends Duplex {
  readonly taken: Buffer[] = [];
  #done: ((error?: Error | null) => void)[] = [];

  override _read(): void {}

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#done.push((error) => {
      if (!error) this.taken.push(Buffer.from(bytes));
      done(error);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const end of this.#done) end(new Error("gone"));
    done(error);
  }

  /** Reads one piece, if there is one; returns whether there was. */
  async takeOne(): Promise<boolean> {
    const done = this.#done.shift();
    done?.();
    await new Promise((resolve) => setImmediate(resolve));
    return done !== undefined;
  }
}

const MIB = 2 ** 20;

function outletTo(peer: Peer, observers: { draining: Promise<void> | null } = { draining: null }) {
  const sent: Buffer[] = [];
  const seen = { sent, waiting: 0, most: 0 };
  const outlet = new SendQueue(peer, observers, {
    sent: (bytes) => void sent.push(Buffer.from(bytes)),
    changePending(change) {
      seen.waiting += change;
      seen.most = Math.max(seen.most, seen.waiting);
    },
  });
  return { outlet, seen };
}

test("bytes of any sizes arrive unchanged, are reported when the system accepts them, and none stay pending", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 600_000 }), fc.nat({ max: 3 })), { maxLength: 12 }),
      async (writes) => {
        const peer = new Peer();
        const { outlet, seen } = outletTo(peer);
        const written: Buffer[] = [];
        for (const [i, [size, takes]] of writes.entries()) {
          // Most pieces are small.
          const bytes = Buffer.alloc(i % 3 === 0 ? size : size % 5000, i + 1);
          written.push(bytes);
          outlet.write(bytes);
          for (let k = 0; k < takes; k++) await peer.takeOne();
          assert.deepEqual(Buffer.concat(seen.sent), Buffer.concat(peer.taken));
        }
        outlet.end();
        while (await peer.takeOne());
        assert.ok(Buffer.concat(seen.sent).equals(Buffer.concat(written)));
        assert.ok(peer.writableFinished);
        assert.deepEqual([seen.waiting, outlet.pendingBytes, outlet.draining, outlet.isOpen], [0, 0, null, false]);
      },
    ),
    fuzzRuns(40),
  );
});

test("many small pieces take little more memory than their bytes", () => {
  const { outlet, seen } = outletTo(new Peer());
  for (let i = 0; i < 100_000; i++) outlet.write(Buffer.alloc(10));
  assert.ok(seen.waiting < 3 * MIB, `${seen.waiting} bytes`);
});

test("bytes that are pending when the connection breaks are not reported as sent, and are dropped", async () => {
  const peer = new Peer();
  peer.on("error", () => {});
  const { outlet, seen } = outletTo(peer);
  outlet.write(Buffer.alloc(MIB));
  await peer.takeOne();
  const { draining } = outlet;
  assert.ok(draining !== null);
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  peer.destroy();
  await draining;
  await new Promise((resolve) => setImmediate(resolve));
  outlet.write(Buffer.alloc(10));
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  assert.deepEqual([seen.waiting, outlet.isOpen], [0, false]);
});

test("pending bytes stay queued while the observers lag behind", async () => {
  const peer = new Peer();
  const observers: { draining: Promise<void> | null } = { draining: null };
  const { outlet, seen } = outletTo(peer, observers);
  let caughtUp = (): void => {};
  observers.draining = new Promise((resolve) => {
    caughtUp = resolve;
  });
  outlet.write(Buffer.alloc(MIB));
  while (await peer.takeOne());
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  observers.draining = null;
  caughtUp();
  await new Promise((resolve) => setImmediate(resolve));
  while (await peer.takeOne());
  assert.equal(Buffer.concat(seen.sent).length, MIB);
});

test("at the end, pending bytes are sent even if the observers lag behind", async () => {
  const peer = new Peer();
  const { outlet } = outletTo(peer, { draining: new Promise(() => {}) });
  outlet.write(Buffer.alloc(MIB));
  outlet.end();
  outlet.ignoreObservers();
  while (await peer.takeOne());
  assert.equal(Buffer.concat(peer.taken).length, MIB);
  assert.ok(peer.writableFinished);
});

test("over the memory limit, stalled peers are disconnected and slow ones are not", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const backlog = new SendBudget();
    const left: string[] = [];
    const peerOf = (name: string): { peer: Peer; outlet: SendQueue } => {
      const peer = new Peer();
      const outlet = new SendQueue(
        peer,
        { draining: null },
        { sent() {}, changePending: (change) => backlog.changePending(change) },
      );
      backlog.add(outlet, (waiting) => {
        assert.ok(waiting >= 20 * MIB);
        left.push(name);
        peer.destroy();
        backlog.delete(outlet);
      });
      return { peer, outlet };
    };
    const slow = peerOf("slow");
    const deaf = peerOf("deaf");
    const deafer = peerOf("deafer");
    const idle = peerOf("idle");
    slow.outlet.write(Buffer.alloc(20 * MIB));
    deaf.outlet.write(Buffer.alloc(21 * MIB));
    assert.equal(backlog.draining, null);
    deafer.outlet.write(Buffer.alloc(25 * MIB));
    const { draining } = backlog;
    assert.ok(draining !== null);
    await slow.peer.takeOne();
    mock.timers.tick(3000);
    await draining;
    assert.deepEqual(left, ["deafer", "deaf"]);
    assert.equal(backlog.draining, null);
    assert.deepEqual([slow.peer.destroyed, idle.peer.destroyed], [false, false]);
  } finally {
    mock.timers.reset();
  }
});

test("small pieces that are written together are sent as one, and take little more memory than their bytes", async () => {
  const peer = new Peer();
  const { outlet, seen } = outletTo(peer);
  outlet.batch(() => {
    for (let i = 0; i < 5000; i++) outlet.write(Buffer.alloc(2, i));
  });
  assert.ok(seen.most < 32 * 1024, `${seen.most} bytes`);
  assert.ok(await peer.takeOne());
  assert.deepEqual(
    peer.taken.map(({ length }) => length),
    [10_000],
  );
});
