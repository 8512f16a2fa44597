// What goes over a desk's line, both ways: see feed.ts.
import type { Card } from './json';

/** A place in the stream; only the service knows what it means. */
export type Cursor = string | number;

export type Frame =
  | { type: 'hello'; server_time: string; cursor?: Cursor }
  | { type: 'card'; card: Card }
  | { type: 'gone'; id: string; version: number }
  | { type: 'synced'; cursor: Cursor; more?: boolean }
  | { type: 'beat'; server_time: string; cursor?: Cursor | null; delayed: boolean }
  | { type: 'here'; case: string; people: Person[] }
  | { type: 'noted'; id: string }
  | { type: 'reconnect' };

/** Somebody who has the same case open. */
export interface Person {
  id: string;
  name: string;
  typing: boolean;
}

/** What a desk says of itself. */
export type Said =
  | {
      type: 'here';
      case: string | null;
      typing: boolean;
      alarm: boolean;
      muted_until: string | null;
    }
  | { type: 'saw'; id: string };
