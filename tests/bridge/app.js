/** The routes: bridges at /b/<name>/api/novu, and their control API at /__bridges/<name>. */
import express from 'express';
import { Bridge } from './bridge.js';

/** Enough for a thousand workflows with large schemas. */
const BODY_LIMIT = '64mb';

export function createApp() {
  /** @type {Map<string, Bridge>} */
  const bridges = new Map();
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: BODY_LIMIT }));

  app.all('/b/:name/api/novu', async (request, response, next) => {
    const bridge = bridges.get(request.params.name);
    if (!bridge) return next();
    try {
      await bridge.respond(request, response);
    } catch (error) {
      next(error);
    }
  });

  app
    .route('/__bridges/:name')
    .put(async (request, response) => {
      const { name } = request.params;
      const bridge = bridges.get(name) ?? new Bridge();
      try {
        await bridge.declare(request.body);
      } catch (error) {
        // The spec is invalid, or the framework refused it, e.g. for a duplicate step id. The previous spec stays active.
        response.status(422).json({ message: error instanceof Error ? error.message : String(error) });
        return;
      }
      bridges.set(name, bridge);
      response.json({ url: `http://${request.get('host')}/b/${encodeURIComponent(name)}/api/novu` });
    })
    .delete((request, response) => {
      bridges.delete(request.params.name);
      response.status(204).end();
    });

  app
    .route('/__bridges/:name/requests')
    .get((request, response, next) => {
      const bridge = bridges.get(request.params.name);
      if (!bridge) return next();
      response.json(bridge.requests);
    })
    .delete((request, response) => {
      bridges.get(request.params.name)?.clearRequests();
      response.status(204).end();
    });

  return app;
}
