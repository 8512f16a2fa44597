// A service of a story's own, for what would be in the way of the others: thousands of cases, no desk
// anywhere, other settings. It has its own database and its own keys in the servers of the stories.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { required } from './settings.mjs';

const run = promisify(execFile);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts one: where it answers, who may sign in, and how it is stopped. */
export async function ownService(settings = {}) {
  const [program, servers] = ['MSAADA_E2E_PROGRAM', 'DATABASE_URL', 'REDIS_URL'].map(required);
  const name = `msaada_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'msaada-'));
  writeFileSync(join(folder, 'secret'), randomBytes(32).toString('hex'), { mode: 0o600 });
  const database = new URL(servers.replace(/^postgres:\/\/([^@/]*)@\//, 'postgres://$1@localhost/'));
  database.pathname = `/${name}`;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('MSAADA_'))),
    DATABASE_URL: database.href,
    MSAADA_REDIS_PREFIX: name,
    MSAADA_LISTEN: `127.0.0.1:${port}`,
    MSAADA_PUBLIC_URL: url,
    MSAADA_SECRET_FILE: join(folder, 'secret'),
    ...settings,
  };
  await run('psql', ['-XAtqd', servers, '-c', `create database ${name}`]);
  for (const step of [['migrate'], ['missions', 'load']]) await run(program, step, { env });
  const { stdout } = await run(program, ['responder', 'seed'], { env });
  const accounts = Object.fromEntries(
    [...stdout.matchAll(/^ *(\S+)@\S+ +(\S+) {2}/gm)].map((line) => [line[1], [line[0].trim().split(' ')[0], line[2]]]),
  );
  const child = spawn(program, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listens = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        said = (said + data).slice(-20_000);
        if (said.includes('listening')) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`the service did not start: ${said}`)));
  });
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await run('psql', ['-XAtqd', servers, '-c', `drop database if exists ${name} with (force)`]);
    rmSync(folder, { recursive: true });
  };
  try {
    await listens;
  } catch (error) {
    await stop();
    throw error;
  }
  // Adds an account: its address and its password.
  const add = async (...options) => {
    const email = `${randomBytes(4).toString('hex')}@dubai.example`;
    const added = await run(program, ['responder', 'add', '--email', email, ...options], { env });
    return [email, added.stdout.trim().split(/ +/)[1]];
  };
  return { url, accounts, add, stop };
}
