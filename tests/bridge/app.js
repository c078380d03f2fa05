/** The routes: bridges under /b/<name>/api/novu, their control under /__bridges/<name>. */
import express from 'express';
import { Bridge } from './bridge.js';

/** A thousand workflows with large schemas fit. */
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
      await bridge.answer(request, response);
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
        // The spec or the framework refused it, e.g. a step id used twice. What was served before is served on.
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
      bridges.get(request.params.name)?.forget();
      response.status(204).end();
    });

  return app;
}
