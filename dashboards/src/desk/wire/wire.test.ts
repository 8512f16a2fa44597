import { describe, expect, it } from 'vitest';
import { backoff } from './backoff';
import { ServerTime } from './time';

describe('the server’s time', () => {
  const at = (ms: number) => new Date(ms).toISOString();

  it('is counted on steadily from what the server said, whatever the clock of the computer', () => {
    let steady = 100;
    const time = new ServerTime(() => steady);
    expect(time.now()).toBeUndefined();
    time.heard(at(1_000_000));
    steady += 3000;
    expect(time.now()).toBe(1_003_000);
  });

  it('believes the frame that was least delayed', () => {
    let steady = 0;
    const time = new ServerTime(() => steady);
    time.heard(at(1_000_000));
    steady = 5000;
    time.heard(at(1_004_200));
    expect(time.now()).toBe(1_005_000);
  });

  it('believes a jump at once: the computer slept', () => {
    let steady = 0;
    const time = new ServerTime(() => steady);
    time.heard(at(1_000_000));
    steady = 1000;
    time.heard(at(9_000_000));
    expect(time.now()).toBe(9_000_000);
    steady = 2000;
    time.heard(at(9_000_000 - 3_600_000));
    expect(time.now()).toBe(9_000_000 - 3_600_000);
  });

  it('does not believe what is not a time', () => {
    const time = new ServerTime(() => 0);
    time.heard('soon');
    expect(time.now()).toBeUndefined();
  });
});

describe('the wait before the next try', () => {
  it('doubles, has a limit, and is never the same for all desks', () => {
    expect(backoff(0, 0)).toBe(200);
    expect(backoff(0, 0.999)).toBe(400);
    expect(backoff(3, 0)).toBe(1600);
    expect(backoff(50, 0.999)).toBeLessThanOrEqual(15_000);
  });
});
