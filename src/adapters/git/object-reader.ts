import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type BatchReply, createBatchParser, type GitObjectType } from './batch-parser.ts';
import type { GitCommand } from './git-command.ts';
import { gitError } from './git-errors.ts';
import type { GitStream } from './git-stream.ts';
import type { Redactor } from './redact.ts';

export interface GitObject {
  readonly type: GitObjectType;
  readonly content: Buffer;
}

/**
 * Reads objects through one `git cat-file --batch` process, which is started when needed and ended when idle. Measured on
 * 10,000 blobs of 0.5 kB in one pack (`test/contract/git/read-speed.test.ts` prints it): 0.3 s and 39 MB at the peak,
 * compared with 7–9 s and 86–150 MB for isomorphic-git, which holds whole packs in memory. So isomorphic-git reads nothing.
 */
export interface ObjectReader {
  /**
   * The object, or null when there is none. Content over `maxBytes` is never held: throws PL3008, as for a damaged object.
   */
  read(oid: string, maxBytes?: number): Promise<GitObject | null>;
  /** Ends the process; the next read starts another. */
  close(): void;
}

interface Request {
  readonly oid: string;
  readonly maxBytes: number;
  attempts: number;
  readonly resolve: (object: GitObject | null) => void;
  readonly reject: (error: PressluftError) => void;
}

/** Requests written before their replies arrive: enough to hide the pipe's latency, and few to repeat when the process dies. */
const maxAhead = 256;
/** An idle process is ended after this time. */
const idleMs = 1000;
/** A process that writes no byte for this time counts as hung. */
const silenceMs = 30_000;
const oidPattern = /^[0-9a-f]{40}$/;

export function createObjectReader(git: GitCommand, redactor: Redactor, onDamage: () => void): ObjectReader {
  const waiting: Request[] = [];
  let sent: Request[] = [];
  let stream: GitStream | undefined;
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    if (waiting.length === 0 && sent.length === 0) {
      rest();
      return;
    }
    try {
      stream ??= start();
    } catch (error) {
      for (const request of waiting.splice(0)) request.reject(error as PressluftError);
      return;
    }
    stream.hold(true);
    const next = waiting.splice(0, maxAhead - sent.length);
    sent.push(...next);
    if (next.length > 0) stream.stdin.write(next.map(({ oid }) => `${oid}\n`).join(''));
    arm(silenceMs, () => stream?.kill());
  }

  function rest(): void {
    stream?.hold(false);
    arm(idleMs, stop);
  }

  function start(): GitStream {
    const started = git.open(['cat-file', '--batch']);
    const parser = createBatchParser({
      limit: () => sent[0]?.maxBytes ?? 0,
      onReply: (reply) => settle(started, reply),
    });
    started.stdout.on('data', (chunk: Buffer) => {
      if (stream !== started) return;
      if (!parser.add(chunk)) started.kill();
      else if (sent.length > 0) timer?.refresh();
    });
    void started.exited.then(() => onExit(started));
    return started;
  }

  function settle(from: GitStream, reply: BatchReply): void {
    const request = sent.shift();
    if (request === undefined) {
      from.kill();
      return;
    }
    switch (reply.kind) {
      case 'object':
        request.resolve({ type: reply.type, content: reply.content });
        break;
      case 'too-large':
        request.reject(tooLarge(request, reply.sizeBytes));
        break;
      case 'missing':
        request.resolve(null);
        break;
      default:
        reply satisfies never;
    }
    if (waiting.length > 0 || sent.length === 0) pump();
  }

  function onExit(ended: GitStream): void {
    if (stream !== ended) return;
    stream = undefined;
    const [first, ...others] = sent;
    sent = [];
    // Only the request that was being answered can have caused the end; the others are repeated.
    if (first !== undefined && ++first.attempts > 1) {
      const error = gitError('cat-file', `${ended.errorText()}\nno answer for ${first.oid}`, redactor);
      if (error.code === errors.cloneIncomplete) onDamage();
      first.reject(error);
      waiting.unshift(...others);
    } else if (first !== undefined) {
      waiting.unshift(first, ...others);
    }
    if (waiting.length > 0) pump();
  }

  function stop(): void {
    clearTimeout(timer);
    stream?.stdin.end();
    stream?.hold(false);
    stream = undefined;
  }

  function arm(ms: number, action: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
    timer.unref();
  }

  return {
    read(oid, maxBytes = Number.POSITIVE_INFINITY) {
      if (!oidPattern.test(oid)) {
        return Promise.reject(
          new PressluftError(errors.cloneIncomplete, `"${oid.slice(0, 80)}" is not a Git object id`),
        );
      }
      return new Promise((resolve, reject) => {
        waiting.push({ oid, maxBytes, attempts: 0, resolve, reject });
        if (waiting.length === 1) queueMicrotask(pump);
      });
    },
    close() {
      if (sent.length > 0) stream?.kill();
      else stop();
    },
  };
}

function tooLarge(request: Request, sizeBytes: number): PressluftError {
  return new PressluftError(
    errors.cloneIncomplete,
    `The Git object ${request.oid} has ${sizeBytes} bytes; ${request.maxBytes} are allowed`,
    {
      hint: 'Make the file smaller, or keep it out of the repository.',
      retry: { kind: 'never' },
      details: { oid: request.oid, sizeBytes, maxBytes: request.maxBytes },
    },
  );
}
