import { beforeAll, describe, expect, it } from 'vitest';
import type { WireRequest } from '../../../src/adapters/hetzner/connection.ts';
import { type CloudOpenApi, openApiFile, readCloudOpenApi } from '../../support/cloud-openapi.ts';
import { callEveryOperation, operations, pathOf } from '../../support/cloud-operations.ts';
import { answer } from './answer.ts';
import { cloudWorld } from './cloud-world.ts';
import { faultsOf } from './exchange-faults.ts';
import { publicKey } from './node-life.ts';
import { templateOf } from './sim-hetzner.ts';

describe.skipIf(openApiFile === '')("simulated replies follow the provider's OpenAPI document", () => {
  let openApi: CloudOpenApi;
  const world = cloudWorld();

  // Not during collection, because the body of a skipped suite runs then, too.
  beforeAll(() => {
    openApi = readCloudOpenApi();
  });

  function send(operation: string, path: string, body?: unknown, fault: string | null = null) {
    const [method, template = ''] = operation.split(' ') as [WireRequest['method'], string];
    const request = { method, path, body };
    const reply = answer(world.account, { request, by: 'test', token: 'good', fault });
    const isJson = reply.body !== '' && reply.headers['content-type'] === 'application/json';
    const parsed = isJson ? JSON.parse(reply.body) : reply.body;
    if (isJson || reply.status === 204) {
      openApi.expectValid(method, template, { status: reply.status, body: parsed });
    }
    return { status: reply.status, body: parsed };
  }

  it.each(['while actions run', 'once they have ended'])('in every operation, %s', async (when) => {
    const covered = new Set<string>();
    const pass = async (ms: number) => {
      const { timeline } = world.core;
      await timeline.run(
        timeline.nowMs + ms,
        () => false,
        () => undefined,
      );
    };
    await callEveryOperation(async (operation, ids, body, query = '') => {
      // A server is locked while an action runs.
      if (when === 'once they have ended' || !operation.startsWith('GET')) await pass(120_000);
      const reply = send(operation, pathOf(operation, ids) + query, body);
      covered.add(operation);
      expect(reply.status, `${operation}: ${JSON.stringify(reply.body)}`).toBeLessThan(300);
      return reply.body;
    }, publicKey);
    await pass(120_000);
    expect([...covered].sort()).toEqual([...operations].sort());
    expect(world.account.servers.size).toBe(0);
  });

  it.each(operations)('in every fault of %s', (operation) => {
    const [method = ''] = operation.split(' ');
    const path = pathOf(operation, [1, 1]);
    for (const fault of faultsOf(method, templateOf(path))) {
      expect(send(operation, path, {}, fault).status).toBeGreaterThanOrEqual(200);
    }
  });
});
