import { answerOrders } from '../orders.ts';
import { applyLoad, type LoadOrder } from './closed-loop.ts';
import { applyOpenLoop, type OpenLoopOrder } from './open-loop.ts';

// A process of its own, kept over all rounds, so that it is warm and its CPU time is nobody else's.
answerOrders(async (order: LoadOrder | OpenLoopOrder) =>
  'perSecond' in order ? applyOpenLoop(order) : applyLoad(order),
);
