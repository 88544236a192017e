import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { requireLabHost } from './host-check.ts';
import { type LabDescription, labDirOf, readDescription } from './lab-files.ts';
import { listLabs } from './network/registry.ts';
import { liveOwner } from './owner.ts';
import { type LabLeftover, labLeftovers } from './stop-lab.ts';

export interface LabServer {
  readonly id: number;
  readonly name: string;
  readonly serverType: string;
  readonly ipv4: string | null;
  readonly power: string;
  /** The real state of the machine: `running`, `off`, or `absent`. */
  readonly machine: string;
}

export interface LabStatus {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'absent';
  readonly pid: number | undefined;
  readonly description: LabDescription | undefined;
  readonly servers: readonly LabServer[];
  /** Machines without a server in the cloud. */
  readonly orphanMachines: readonly string[];
  readonly faults: readonly unknown[];
  /** Requests that the API has served since its start. */
  readonly requests: number;
  /** Objects on the host although no process serves the lab. */
  readonly leftovers: readonly LabLeftover[];
  readonly otherLabs: readonly string[];
}

interface Live {
  readonly servers: readonly Omit<LabServer, 'machine'>[];
  readonly machines: readonly { readonly id: number; readonly name: string; readonly state: string }[];
  readonly faults: readonly unknown[];
  readonly requests: number;
}

const noLive: Live = { servers: [], machines: [], faults: [], requests: 0 };

export async function labStatus(name: string, dir?: string): Promise<LabStatus> {
  requireLabHost();
  const labDir = dir ?? (await labDirOf(name));
  const description = await readDescription(labDir);
  const owner = await liveOwner(labDir);
  const isRunning = owner !== undefined && description !== undefined;
  const live = isRunning ? ((await controlLab(description, 'GET', '/status')) as Live) : noLive;
  const leftovers = isRunning ? [] : await labLeftovers(name, labDir);
  return {
    name,
    state: isRunning ? 'running' : leftovers.length > 0 ? 'stopped' : 'absent',
    pid: owner?.pid,
    description,
    servers: live.servers.map((server) => ({
      ...server,
      machine: live.machines.find((machine) => machine.id === server.id)?.state ?? 'absent',
    })),
    orphanMachines: live.machines
      .filter((machine) => !live.servers.some((server) => server.id === machine.id))
      .map((machine) => machine.name),
    faults: live.faults,
    requests: live.requests,
    leftovers,
    otherLabs: (await listLabs()).map((lab) => lab.name).filter((other) => other !== name),
  };
}

/** Destroys servers and history of a running lab. Fails with `PL2004` when it does not run. */
export async function resetLab(name: string, dir?: string): Promise<void> {
  requireLabHost();
  const labDir = dir ?? (await labDirOf(name));
  const description = await readDescription(labDir);
  if (!description || (await liveOwner(labDir)) === undefined) {
    throw new PressluftError(errors.resourceUnknown, `The lab "${name}" does not run`, {
      hint: `Start it: pressluft lab up --name ${name}`,
    });
  }
  await controlLab(description, 'POST', '/reset');
}

/** Calls a control endpoint of a lab that another process serves. Fails with `PL3021`. */
export async function controlLab(
  { cloud }: LabDescription,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${cloud.controlUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${cloud.controlToken}` },
      signal: AbortSignal.timeout(120_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new PressluftError(errors.labFailed, `the lab does not answer at ${cloud.controlUrl}`, { cause });
  }
  const text = await response.text();
  if (!response.ok)
    throw new PressluftError(errors.labFailed, `the lab refused ${path}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
