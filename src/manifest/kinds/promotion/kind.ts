import schema from '../../../../schemas/promotion.schema.json' with { type: 'json' };
import type { DesiredPromotion, PromotedPart } from '../../../fleet/backups.ts';
import type { EnvironmentName, PromotionName } from '../../../fleet/brand.ts';
import { uidOf } from '../../../fleet/naming.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../../fleet-index.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { stringAt } from '../../plain.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { inheritedSetting } from '../environment/inherited-setting.ts';
import type { ManifestKind, ResolveContext } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { requestFor } from '../request-reference.ts';

export const promotion: ManifestKind = {
  schema,
  distinctiveField: 'to',
  references: [requestFor('from'), requestFor('to')],
  secrets: [],
  documentChecks: [() => [note]],
  fleetChecks: [{ scope: 'fleet', find: promotionChecks }],
  resolution: { collection: 'promotions', resolve },
};

const note = notSupportedYet(['kind'], 'promotions are not supported yet: this request is recorded');

/** Promotions between environments of different sites, or to one that is stopped. */
function promotionChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Promotion.flatMap((where): FleetProblem[] => {
    const { value, ref } = where.document;
    const names = [stringAt(value, 'spec', 'from'), stringAt(value, 'spec', 'to')];
    if (names[0] !== undefined && names[0] === names[1]) {
      return [
        invalid(where, `${ref} promotes an environment to itself`, {
          expected: 'two environments of one site',
        }),
      ];
    }
    const from = referred(index, where.document, 'from');
    const to = referred(index, where.document, 'to');
    if (from === undefined || to === undefined) return [];
    return [...acrossSites(where, from, to), ...intoStopped(index, where, to)];
  });
}

function acrossSites(where: Located, from: Located, to: Located): FleetProblem[] {
  const sites = [from, to].map(({ document }) => stringAt(document.value, 'spec', 'site'));
  if (sites[0] === undefined || sites[1] === undefined || sites[0] === sites[1]) return [];
  const message = `${where.document.ref} promotes the code of the site ${sites[0]} to the site ${sites[1]}`;
  return [invalid(where, message, { expected: 'two environments of one site' })];
}

function intoStopped(index: FleetIndex, where: Located, to: Located): FleetProblem[] {
  if (inheritedSetting(index, to, 'state') !== 'stopped') return [];
  const message = `${to.document.ref} is stopped: code can be promoted to it, but cannot be checked`;
  return [
    invalid(where, message, {
      severity: 'warning',
      expected: 'state: running before code is promoted to it',
    }),
  ];
}

function invalid(
  where: Located,
  message: string,
  rest: Pick<FieldProblem, 'severity' | 'expected'>,
): FleetProblem {
  const code = diagnosticCodes.promotionInvalid;
  return { where, problem: { code, message, path: ['spec', 'to'], at: 'value', ...rest } };
}

interface PromotionSpec {
  readonly from: string;
  readonly to: string;
  readonly parts?: readonly PromotedPart[];
}

function resolve(document: ParsedDocument, { config }: ResolveContext): DesiredPromotion {
  const spec = specOf<PromotionSpec>('Promotion', document);
  return {
    name: metadataOf(document).name as PromotionName,
    ref: document.ref,
    uid: uidOf(config.fleet, document.ref),
    from: spec.from as EnvironmentName,
    to: spec.to as EnvironmentName,
    parts: spec.parts ?? systemDefaults.promotedParts,
  };
}
