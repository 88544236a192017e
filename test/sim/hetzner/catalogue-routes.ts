import { invalidInput } from '../../../src/lab/api/api-error.ts';
import { locations, serverTypes } from '../../../src/lab/api/catalogue.ts';
import { page, type Route } from './route.ts';
import { actionView, typeView } from './views.ts';

/** The catalogue, and the progress of actions. */
export const catalogueRoutes: Readonly<Record<string, Route>> = {
  'GET /locations': (request) => page(request, 'locations', locations, (_, location) => location),
  'GET /server_types': (request) => page(request, 'server_types', serverTypes, typeView),
  'GET /actions': ({ account, query }) => {
    const ids = query.getAll('id');
    if (ids.length === 0) throw invalidInput([{ name: 'id', messages: ['is required'] }]);
    const actions = ids.flatMap((id) => account.actions.get(Number(id)) ?? []);
    return { status: 200, body: { actions: actions.map((action) => actionView(account, action)) } };
  },
};
