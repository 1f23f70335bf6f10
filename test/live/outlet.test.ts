/** What goes out to peers that take it slowly, or not at all. */
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { mock, test } from "node:test";
import fc from "fast-check";
import { Backlog } from "../../src/live/send-budget.js";
import { Outlet } from "../../src/live/send-queue.js";
import { runs } from "../support/runs.js";

/** A peer that takes what it is sent when it is told to. */
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

  /** Takes one piece, if there is one; gives whether there was. */
  async takeOne(): Promise<boolean> {
    const done = this.#done.shift();
    done?.();
    await new Promise((resolve) => setImmediate(resolve));
    return done !== undefined;
  }
}

const MIB = 2 ** 20;

function outletTo(peer: Peer, observers: { behind: Promise<void> | null } = { behind: null }) {
  const sent: Buffer[] = [];
  const seen = { sent, waiting: 0, most: 0 };
  const outlet = new Outlet(peer, observers, {
    sent: (bytes) => void sent.push(Buffer.from(bytes)),
    waits(change) {
      seen.waiting += change;
      seen.most = Math.max(seen.most, seen.waiting);
    },
  });
  return { outlet, seen };
}

test("bytes of any sizes arrive as they were written, are reported when they are taken, and nothing waits in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 600_000 }), fc.nat({ max: 3 })), { maxLength: 12 }),
      async (writes) => {
        const peer = new Peer();
        const { outlet, seen } = outletTo(peer);
        const written: Buffer[] = [];
        for (const [i, [size, takes]] of writes.entries()) {
          // Most are small.
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
        assert.deepEqual([seen.waiting, outlet.waiting, outlet.behind, outlet.open], [0, 0, null, false]);
      },
    ),
    runs(40),
  );
});

test("many small pieces take little more memory than their bytes", () => {
  const { outlet, seen } = outletTo(new Peer());
  for (let i = 0; i < 100_000; i++) outlet.write(Buffer.alloc(10));
  assert.ok(seen.waiting < 3 * MIB, `${seen.waiting} bytes`);
});

test("what waits when the connection breaks was not sent, and waits no more", async () => {
  const peer = new Peer();
  peer.on("error", () => {});
  const { outlet, seen } = outletTo(peer);
  outlet.write(Buffer.alloc(MIB));
  await peer.takeOne();
  const { behind } = outlet;
  assert.ok(behind !== null);
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  peer.destroy();
  await behind;
  await new Promise((resolve) => setImmediate(resolve));
  outlet.write(Buffer.alloc(10));
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  assert.deepEqual([seen.waiting, outlet.open], [0, false]);
});

test("what waits does not leave while the observers are behind", async () => {
  const peer = new Peer();
  const observers: { behind: Promise<void> | null } = { behind: null };
  const { outlet, seen } = outletTo(peer, observers);
  let caughtUp = (): void => {};
  observers.behind = new Promise((resolve) => {
    caughtUp = resolve;
  });
  outlet.write(Buffer.alloc(MIB));
  while (await peer.takeOne());
  assert.equal(Buffer.concat(seen.sent).length, MIB / 4);
  observers.behind = null;
  caughtUp();
  await new Promise((resolve) => setImmediate(resolve));
  while (await peer.takeOne());
  assert.equal(Buffer.concat(seen.sent).length, MIB);
});

test("at the end, what waits leaves whether or not the observers are behind", async () => {
  const peer = new Peer();
  const { outlet } = outletTo(peer, { behind: new Promise(() => {}) });
  outlet.write(Buffer.alloc(MIB));
  outlet.end();
  outlet.hurry();
  while (await peer.takeOne());
  assert.equal(Buffer.concat(peer.taken).length, MIB);
  assert.ok(peer.writableFinished);
});

test("when too much waits for all, peers that take nothing are left, and those that take something are not", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const backlog = new Backlog();
    const left: string[] = [];
    const peerOf = (name: string): { peer: Peer; outlet: Outlet } => {
      const peer = new Peer();
      const outlet = new Outlet(peer, { behind: null }, { sent() {}, waits: (change) => backlog.count(change) });
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
    assert.equal(backlog.behind, null);
    deafer.outlet.write(Buffer.alloc(25 * MIB));
    const { behind } = backlog;
    assert.ok(behind !== null);
    await slow.peer.takeOne();
    mock.timers.tick(3000);
    await behind;
    assert.deepEqual(left, ["deafer", "deaf"]);
    assert.equal(backlog.behind, null);
    assert.deepEqual([slow.peer.destroyed, idle.peer.destroyed], [false, false]);
  } finally {
    mock.timers.reset();
  }
});

test("small pieces that are written together go out as one, and count as little more than their bytes", async () => {
  const peer = new Peer();
  const { outlet, seen } = outletTo(peer);
  outlet.together(() => {
    for (let i = 0; i < 5000; i++) outlet.write(Buffer.alloc(2, i));
  });
  assert.ok(seen.most < 32 * 1024, `${seen.most} bytes`);
  assert.ok(await peer.takeOne());
  assert.deepEqual(
    peer.taken.map(({ length }) => length),
    [10_000],
  );
});
