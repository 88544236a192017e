import { ApiError, notFound } from './api-error.ts';
import { images, locations, serverTypes } from './catalogue.ts';
import { renderImage, renderPricing, renderServerType, type SoldOut } from './catalogue-view.ts';
import { type Cloud, idOf, type Route } from './cloud.ts';
import { filterNamed, filterValues, paginate, sortBy } from './listing.ts';

/** Whether a fault marks a server type as sold out. */
export function soldOut(cloud: Pick<Cloud, 'faults'>): SoldOut {
  return (serverType, location) =>
    cloud.faults.peek(
      'sold-out',
      (fault) => fault.serverType === serverType && (fault.location ?? location) === location,
    ).length > 0;
}

export function catalogueRoutes(cloud: Cloud): readonly Route[] {
  const isSoldOut = soldOut(cloud);
  return [
    {
      method: 'GET',
      path: '/locations',
      handle: ({ query }) => {
        const { items, meta } = paginate(sortBy(filterNamed(locations, query), query, ['id', 'name']), query);
        return { status: 200, body: { locations: items, meta } };
      },
    },
    {
      method: 'GET',
      path: '/locations/{id}',
      handle: (request) => {
        const id = idOf(request);
        const location = locations.find((candidate) => candidate.id === id);
        if (!location) throw notFound('location', id);
        return { status: 200, body: { location } };
      },
    },
    {
      method: 'GET',
      path: '/server_types',
      handle: ({ query }) => {
        const { items, meta } = paginate(
          sortBy(filterNamed(serverTypes, query), query, ['id', 'name']),
          query,
        );
        return {
          status: 200,
          body: { server_types: items.map((type) => renderServerType(type, isSoldOut)), meta },
        };
      },
    },
    {
      method: 'GET',
      path: '/server_types/{id}',
      handle: (request) => {
        const id = idOf(request);
        const type = serverTypes.find((candidate) => candidate.id === id);
        if (!type) throw notFound('server_type', id);
        return { status: 200, body: { server_type: renderServerType(type, isSoldOut) } };
      },
    },
    {
      method: 'GET',
      path: '/images',
      handle: ({ query }) => {
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
      handle: (request) => {
        const id = idOf(request);
        const image = images.find((candidate) => candidate.id === id);
        if (!image) throw notFound('image', id);
        return { status: 200, body: { image: renderImage(image) } };
      },
    },
    { method: 'GET', path: '/pricing', handle: () => ({ status: 200, body: { pricing: renderPricing() } }) },
    { method: 'GET', path: '/datacenters', handle: removedEndpoint },
    { method: 'GET', path: '/datacenters/{id}', handle: removedEndpoint },
  ];
}

function removedEndpoint(): never {
  throw new ApiError('deprecated_api_endpoint', 'API functionality was removed', {
    announcement: 'https://docs.hetzner.cloud/changelog',
  });
}
