import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudOpenApi, openApiFile, readCloudOpenApi } from '../support/cloud-openapi.ts';
import { callEveryOperation, operations, pathOf } from '../support/cloud-operations.ts';
import { type Harness, publicKey, readOnlyToken, startHarness } from './harness.ts';

describe.skipIf(openApiFile === '')("responses follow the provider's OpenAPI document", () => {
  let lab: Harness;
  let openApi: CloudOpenApi;

  beforeAll(async () => {
    openApi = readCloudOpenApi();
    lab = await startHarness();
  });
  afterAll(() => lab.close());

  it('in every operation that the lab implements', async () => {
    const covered = new Set<string>();
    await callEveryOperation(async (operation, ids, body, query = '') => {
      const [method = '', template = ''] = operation.split(' ');
      const reply = await lab.send(method, pathOf(operation, ids) + query, body);
      covered.add(operation);
      openApi.expectValid(method, template, reply);
      expect(reply.status, `${operation}: ${JSON.stringify(reply.body)}`).toBeLessThan(300);
      await lab.api.idle();
      return reply.body;
    }, publicKey());
    expect([...covered].sort()).toEqual([...operations].sort());
  });

  it.each([
    ['unauthorized', 'GET', '/servers', undefined, 'wrong', 401],
    ['token_readonly', 'POST', '/servers', {}, readOnlyToken, 401],
    ['not_found', 'GET', '/servers/4711', undefined, undefined, 404],
    ['json_error', 'POST', '/servers', '{', undefined, 400],
    ['invalid_input', 'POST', '/servers', {}, undefined, 422],
    ['deprecated_api_endpoint', 'GET', '/datacenters', undefined, undefined, 410],
  ])('in the error %s', async (code, method, path, body, token, status) => {
    const reply = await lab.send(method, path, body, token);

    expect([reply.status, reply.body.error.code]).toEqual([status, code]);
    openApi.expectValid(method, path.replace('4711', '{id}'), reply);
  });

  it('refuses a method that an endpoint does not have', async () => {
    const reply = await lab.send('PUT', '/servers', {});

    expect([reply.status, reply.body.error.code]).toEqual([405, 'method_not_allowed']);
  });
});
