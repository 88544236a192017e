import { ApiError, notFound } from './api-error.ts';
import { images, locations, serverTypes } from './catalogue.ts';
import { renderImage, renderPricing, renderServerType } from './catalogue-view.ts';
import { idOf, type Route } from './cloud.ts';
import { filterNamed, filterValues, paginate, sortBy } from './listing.ts';

export const catalogueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/locations',
    handle: (_cloud, { query }) => {
      const { items, meta } = paginate(sortBy(filterNamed(locations, query), query, ['id', 'name']), query);
      return { status: 200, body: { locations: items, meta } };
    },
  },
  {
    method: 'GET',
    path: '/locations/{id}',
    handle: (_cloud, request) => ({
      status: 200,
      body: { location: find(locations, 'location', idOf(request)) },
    }),
  },
  {
    method: 'GET',
    path: '/server_types',
    handle: ({ datacenter }, { query }) => {
      const found = sortBy(filterNamed(serverTypes, query), query, ['id', 'name']);
      const { items, meta } = paginate(found, query);
      const rendered = items.map((type) => renderServerType(type, datacenter.isSoldOut));
      return { status: 200, body: { server_types: rendered, meta } };
    },
  },
  {
    method: 'GET',
    path: '/server_types/{id}',
    handle: ({ datacenter }, request) => {
      const type = find(serverTypes, 'server_type', idOf(request));
      return { status: 200, body: { server_type: renderServerType(type, datacenter.isSoldOut) } };
    },
  },
  {
    method: 'GET',
    path: '/images',
    handle: (_cloud, { query }) => {
      const architecture = query.get('architecture');
      const types = filterValues(query, 'type', ['system', 'app', 'snapshot', 'backup']);
      const found = sortBy(filterNamed(images, query), query, ['id', 'name'])
        .filter((image) => architecture === null || image.architecture === architecture)
        .filter(() => types.length === 0 || types.includes('system'));
      const { items, meta } = paginate(found, query);
      return { status: 200, body: { images: items.map(renderImage), meta } };
    },
  },
  {
    method: 'GET',
    path: '/images/{id}',
    handle: (_cloud, request) => ({
      status: 200,
      body: { image: renderImage(find(images, 'image', idOf(request))) },
    }),
  },
  { method: 'GET', path: '/pricing', handle: () => ({ status: 200, body: { pricing: renderPricing() } }) },
  { method: 'GET', path: '/datacenters', handle: removedEndpoint },
  { method: 'GET', path: '/datacenters/{id}', handle: removedEndpoint },
];

function find<T extends { readonly id: number }>(items: readonly T[], what: string, id: number): T {
  const item = items.find((candidate) => candidate.id === id);
  if (!item) throw notFound(what, id);
  return item;
}

function removedEndpoint(): never {
  throw new ApiError('deprecated_api_endpoint', 'API functionality was removed', {
    announcement: 'https://docs.hetzner.cloud/changelog',
  });
}
