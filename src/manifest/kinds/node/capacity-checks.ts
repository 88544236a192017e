import {
  describeDemand,
  type EnvironmentDemand,
  fitsInto,
  type NodeDemand,
  type NodeMemory,
  nodeDemand,
} from '../../../fleet/capacity.ts';
import type { Json } from '../../../fleet/digest.ts';
import { alternativesTo, findServerType, isSold } from '../../../fleet/server-types.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { type FleetIndex, type FleetProblem, type Located, nameOf, referred } from '../../fleet-index.ts';
import { stringAt, valueAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseSizeMib } from '../../resolve/units.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { cloudTypeOf } from '../provider/types/index.ts';
import type { CloudProviderType } from '../provider/types/provider-type.ts';
import { locationOf } from './location.ts';

/**
 * Whether the environments of a node fit into its database, and into its memory, with the sum. Too little memory for all workers at once is a warning,
 * because pools are rarely full at the same time. Workers that cannot even start are an error where the size is in the built-in list,
 * and a warning where it was observed: an observation must not quarantine a commit that was valid before. Nodes of unknown memory are
 * left out.
 */
export function capacityChecks(index: FleetIndex, facts: NeighbourhoodContext): FleetProblem[] {
  const byNode = new Map<string, Located[]>();
  for (const where of index.byKind.Environment) {
    const node = stringAt(where.document.value, 'spec', 'node');
    if (node === undefined) continue;
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [where]);
    else list.push(where);
  }
  return index.byKind.Node.flatMap((where) => {
    const residents = byNode.get(nameOf(where.document.ref));
    if (residents === undefined) return [];
    const demands = residents.map((resident) => demandOf(index, resident));
    const crowded = connectionCheck(where, demands).map((problem) => ({ where, problem }));
    const memoryMib = observedMemory(index, where, facts) ?? listedMemory(index, where);
    if (memoryMib === undefined) return crowded;
    const swapMib = parseSizeMib(
      String(valueAt(where.document.value, 'spec', 'swap') ?? systemDefaults.swap),
    );
    const short = nodeCheck(index, where, { memoryMib, swapMib: swapMib ?? 0 }, demands);
    return [...crowded, ...short.map((problem) => ({ where, problem }))];
  });
}

/** Connections to the database, as the node limits them (`own_units.connections`, `database_socket.ensure`); stopped environments keep theirs. */
const spareConnections = 10;
const mostConnections = 3900;

function connectionCheck(where: Located, environments: readonly EnvironmentDemand[]): FieldProblem[] {
  const wanted = environments.reduce((sum, { maxChildren }) => sum + maxChildren + spareConnections, 0);
  if (wanted <= mostConnections) return [];
  const message = `the ${environments.length} environments of ${nameOf(where.document.ref)} may open ${wanted} connections to its database`;
  const expected = `at most ${mostConnections}: a smaller php.pool.maxChildren, or fewer environments`;
  return [
    { code: diagnosticCodes.connectionsDoNotFit, message, path: ['metadata', 'name'], at: 'value', expected },
  ];
}

/** The memory that a probe observed, or else that of the server type. */
function observedMemory(index: FleetIndex, where: Located, facts: NeighbourhoodContext): number | undefined {
  const found = facts.nodeMemoryMib?.get(nameOf(where.document.ref));
  if (found !== undefined) return found;
  const provider = referred(index, where.document, 'provider')?.document;
  const name = soldType(index, where);
  const offered = provider === undefined ? undefined : facts.serverTypes?.get(nameOf(provider.ref));
  return name === undefined ? undefined : offered?.find((type) => type.name === name)?.memoryMib;
}

/** The memory of the server type in the built-in list. */
function listedMemory(index: FleetIndex, where: Located): number | undefined {
  const cloud = cloudOf(index, where);
  const name = soldType(index, where);
  return cloud === undefined || name === undefined
    ? undefined
    : findServerType(cloud.offers, name)?.memoryMib;
}

function soldType(index: FleetIndex, where: Located): string | undefined {
  if (cloudOf(index, where) === undefined) return undefined;
  return stringAt(where.document.value, 'spec', 'serverType');
}

function cloudOf(index: FleetIndex, { document }: Located): CloudProviderType | undefined {
  return cloudTypeOf(referred(index, document, 'provider')?.document.value);
}

function demandOf(index: FleetIndex, { document }: Located): EnvironmentDemand {
  const own = valueAt(document.value, 'spec');
  const site = referred(index, document, 'site')?.document.value;
  const inherited = valueAt(site, 'spec', 'defaults');
  const [php, sitePhp] = [valueAt(own, 'php'), valueAt(inherited, 'php')];
  const pm = valueAt(php, 'pool', 'pm') ?? valueAt(sitePhp, 'pool', 'pm');
  const children = valueAt(php, 'pool', 'maxChildren') ?? valueAt(sitePhp, 'pool', 'maxChildren');
  const object = valueAt(own, 'cache', 'object') ?? valueAt(inherited, 'cache', 'object');
  return {
    name: nameOf(document.ref),
    running: (valueAt(own, 'state') ?? valueAt(inherited, 'state')) !== 'stopped',
    phpVersion: text(valueAt(php, 'version') ?? valueAt(sitePhp, 'version')) ?? systemDefaults.phpVersion,
    memoryLimitMib: memoryLimitMib(text(valueAt(php, 'memoryLimit') ?? valueAt(sitePhp, 'memoryLimit'))),
    pm: pm === 'static' || pm === 'dynamic' ? pm : 'ondemand',
    maxChildren: typeof children === 'number' ? children : systemDefaults.pool.maxChildren,
    cacheMib:
      object === 'none'
        ? 0
        : cacheMib(text(valueAt(own, 'cache', 'memory') ?? valueAt(inherited, 'cache', 'memory'))),
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `256M` or `2G`; the default when it is absent or refused by the schema. */
function memoryLimitMib(limit: string = systemDefaults.memoryLimit): number {
  const match = /^(\d{1,5})([MG])$/.exec(limit);
  return match === null ? 256 : Number(match[1]) * (match[2] === 'G' ? 1024 : 1);
}

/** The default when it is absent or refused by the schema. */
function cacheMib(memory: string = systemDefaults.objectCacheMemory): number {
  return parseSizeMib(memory) ?? 0;
}

function nodeCheck(
  index: FleetIndex,
  where: Located,
  { memoryMib, swapMib }: NodeMemory,
  environments: readonly EnvironmentDemand[],
): FieldProblem[] {
  const demand = nodeDemand(memoryMib, environments);
  const serverType = stringAt(where.document.value, 'spec', 'serverType');
  const path = serverType === undefined ? ['metadata', 'name'] : ['spec', 'serverType'];
  const node = `${nameOf(where.document.ref)} (${serverType === undefined ? '' : `${serverType}, `}${memoryMib} MiB)`;
  if (demand.idleMib > memoryMib + swapMib) {
    const message = `${node} cannot start the workers that its pools keep ready: ${demand.idleMib} MiB without any visitor, of ${memoryMib} MiB and ${swapMib} MiB swap`;
    const expected = `fewer workers of static pools (php.pool), fewer environments, or a larger server type`;
    const severity = listedMemory(index, where) === memoryMib ? 'error' : 'warning';
    return [{ code: diagnosticCodes.workersDoNotFit, severity, message, path, at: 'value', expected }];
  }
  if (demand.busyMib <= memoryMib) return [];
  const percent = Math.ceil((demand.busyMib / memoryMib) * 100);
  const message = `${node}: ${describeDemand(demand)}, ${percent} % of its memory when all PHP workers are busy`;
  const expected = `at most ${memoryMib} MiB: a smaller php.pool.maxChildren or memoryLimit, fewer environments, or a larger server type${advice(index, where, demand)}`;
  return [{ code: diagnosticCodes.memoryTooSmall, message, path, at: 'value', expected }];
}

/** The smallest type on sale, of the same architecture, whose memory is enough; on a larger one, services also use more memory. */
function advice(index: FleetIndex, where: Located, demand: NodeDemand): string {
  const offers = cloudOf(index, where)?.offers;
  const name = stringAt(where.document.value, 'spec', 'serverType') ?? '';
  const current = offers === undefined ? undefined : findServerType(offers, name);
  if (offers === undefined || current === undefined) return '';
  const location = locationOf(index, where);
  const fitting = offers.serverTypes.filter(
    (type) => isSold(type, location) && fitsInto(type.memoryMib, demand),
  );
  const [best] = alternativesTo({ ...current, cores: 1, memoryMib: current.memoryMib + 1 }, fitting);
  return best === undefined ? '' : ` such as ${best.name} (${best.memoryMib} MiB)`;
}
