import { applyLoad } from './load.ts';
import { answerOrders } from './orders.ts';

// A process of its own, kept over all rounds, so that it is warm and its CPU time is nobody else's.
answerOrders(applyLoad);
