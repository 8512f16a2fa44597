// Requests to the service. Every answer that is not a success becomes a `Refused` that carries the
// problem as it was sent, or `Unreachable`. A session that ended in mid-work does not fail the
// request: it waits until the reader has signed in again, then it is sent once more, so that
// nothing typed is lost.
import type { AreaAnswer, MapAnswer } from '../map/answer';
import type {
  Act,
  Card,
  CaseView,
  Claims,
  CoarsePlace,
  Colleague,
  GazetteerPlace,
  Handover,
  Me,
  Mission,
  Page,
  Problem,
} from './json';

/** The service said no, and why. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }

  get status(): number {
    return this.problem.status;
  }

  /** The last word of the problem's type, such as `stale-version`. */
  get slug(): string {
    return this.problem.type.split(/[/#]/).at(-1) ?? '';
  }
}

/** The service could not be reached at all, or did not answer in time. */
export class Unreachable extends Error {}

/** Longest wait for an answer, in milliseconds. */
const PATIENCE = 15_000;

let signInAgain: (() => Promise<void>) | undefined;
let onServerTime: ((serverTime: string) => void) | undefined;

/** Says what to do when the session has ended: resolves once somebody has signed in again. */
export function whenSessionEnds(handler: () => Promise<void>): void {
  signInAgain = handler;
}

/** Says who wants to know the server's time whenever an answer carries it. */
export function whenServerTells(handler: (serverTime: string) => void): void {
  onServerTime = handler;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback = { type: 'about:blank', title: response.statusText, status: response.status };
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  stop?: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-msaada'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(stop ? [stop] : [])]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new Unreachable('the service does not answer', { cause });
  }
}

async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  stop?: AbortSignal,
): Promise<T> {
  let response = await send(method, path, body, stop);
  if (response.status === 401 && signInAgain && path !== '/api/v1/session') {
    await signInAgain();
    response = await send(method, path, body, stop);
  }
  if (!response.ok) throw new Refused(await problemOf(response));
  if (response.status === 204) return undefined as T;
  const answer = (await response.json()) as T;
  const serverTime = (answer as { server_time?: unknown }).server_time;
  if (typeof serverTime === 'string') onServerTime?.(serverTime);
  return answer;
}

type Session = { responder: Me; server_time: string };

export const session = {
  current: () => request<Session>('GET', '/api/v1/session'),
  signIn: (email: string, password: string, way_in?: string) =>
    request<Session>('POST', '/api/v1/session', { email, password, way_in }),
  /** The word that lets a colleague in whom strangers' tries keep out. */
  wayIn: (email: string) =>
    request<{ word: string; until: string }>('POST', '/api/v1/session/way-in', { email }),
  signOut: () => request<void>('DELETE', '/api/v1/session'),
  duty: (on_duty: boolean) => request<Me>('PUT', '/api/v1/session/duty', { on_duty }),
  filter: () => request<{ filter: Record<string, unknown> | null }>('GET', '/api/v1/session/filter'),
  keepFilter: (filter: Record<string, unknown>) =>
    request<void>('PUT', '/api/v1/session/filter', filter),
};

export const cases = {
  list: (query: Record<string, string>) =>
    request<{ cases: Card[]; server_time: string }>(
      'GET',
      `/api/v1/cases?${new URLSearchParams(query).toString()}`,
    ),
  view: (id: string) => request<CaseView>('GET', `/api/v1/cases/${encodeURIComponent(id)}`),
  older: (id: string, before: Record<string, string>) =>
    request<Page>(
      'GET',
      `/api/v1/cases/${encodeURIComponent(id)}/older?${new URLSearchParams(before).toString()}`,
    ),
  exactPlace: (id: string) =>
    request<CoarsePlace>('GET', `/api/v1/cases/${encodeURIComponent(id)}/place/exact`),
  act: (id: string, version: number, act: Act) =>
    request<Card>('POST', `/api/v1/cases/${encodeURIComponent(id)}/acts`, { ...act, version }),
  named: (name: string) => request<{ cases: Card[] }>('POST', '/api/v1/cases/named', { name }),
  next: (mission: string) =>
    request<Card | undefined>('POST', `/api/v1/missions/${encodeURIComponent(mission)}/next`),
};

export const missions = () => request<{ missions: Mission[] }>('GET', '/api/v1/missions');

export const gazetteer = (q: string, country?: string | null) =>
  request<{ places: GazetteerPlace[] }>(
    'GET',
    `/api/v1/gazetteer?${new URLSearchParams({ q, ...(country ? { country } : {}) }).toString()}`,
  );

export const enterCall = (body: Record<string, unknown>) =>
  request<{ reference: string; case?: string }>('POST', '/api/v1/calls', body);

export const mapView = (query: Record<string, string>, stop: AbortSignal) =>
  request<MapAnswer>('GET', `/api/v1/map?${new URLSearchParams(query).toString()}`, undefined, stop);

export const mapArea = (query: Record<string, string>, stop: AbortSignal) =>
  request<AreaAnswer>(
    'GET',
    `/api/v1/map/area?${new URLSearchParams(query).toString()}`,
    undefined,
    stop,
  );

/** What is laid under the map, where the service was told of something. */
export const mapTiles = () =>
  request<{ tiles: string | null; style: string | null; attribution: string }>(
    'GET',
    '/api/v1/map/tiles',
  );

export const colleagues = () => request<{ colleagues: Colleague[] }>('GET', '/api/v1/colleagues');

export const watch = () =>
  request<{ hours: number; claims: Claims[]; languages: Claims[] }>('GET', '/api/v1/watch');

export const handovers = {
  list: () => request<{ held: Card[]; handovers: Handover[] }>('GET', '/api/v1/handovers'),
  give: (to: string | null, note: string) =>
    request<{ id: string; cases: string[] }>('POST', '/api/v1/handovers', { to, note }),
  confirm: (id: string) =>
    request<{ cases: Card[] }>('POST', `/api/v1/handovers/${encodeURIComponent(id)}/confirm`),
};

/** The largest file the service takes, in bytes. */
export const LARGEST_FILE = 5 * 1024 * 1024;
/** A file takes longer than words do, on a slow line. */
const FILE_PATIENCE = 120_000;

export const attachments = {
  link: (id: string, attachment: string) =>
    `/api/v1/cases/${encodeURIComponent(id)}/attachments/${encodeURIComponent(attachment)}`,
  async add(id: string, file: File): Promise<void> {
    let response: Response;
    try {
      response = await fetch(`/api/v1/cases/${encodeURIComponent(id)}/attachments`, {
        method: 'POST',
        headers: {
          'x-msaada': '1',
          'content-type': 'application/octet-stream',
          'x-name': encodeURIComponent(file.name),
        },
        credentials: 'same-origin',
        body: file,
        signal: AbortSignal.timeout(FILE_PATIENCE),
      });
    } catch (cause) {
      throw new Unreachable('the service does not answer', { cause });
    }
    if (!response.ok) throw new Refused(await problemOf(response));
  },
};
