import createDebug from "debug";

/** Prints when DEBUG names `orders`. */
export const log = createDebug("orders");
