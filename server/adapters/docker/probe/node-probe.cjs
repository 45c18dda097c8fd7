"use strict";

/*
 * Loaded into every Node process of a box (NODE_OPTIONS=--require). Says from which line of the
 * program a connection, a look-up or a process was asked for: one JSON line each, appended to a file
 * that the keeper reads. What it says is a hint and never proof: the program can forge it or switch
 * it off, the kernel sees the behaviour itself. It must not change what the program does: every
 * wrapper passes on this, arguments, result and error, and swallows whatever goes wrong in here.
 */

// Taken before the program can replace them.
const { openSync, writeSync, closeSync, constants } = require("node:fs");
const { getCallSites } = require("node:util");
const { apply, construct, ownKeys, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { stringify } = JSON;
const UrlOf = URL;

const OUTPUT = process.env.SHIPGATE_PROBE ?? "/run/shipgate/probe.jsonl";
const MOST_REPORTS = 500;
const MOST_FRAMES = 200;
const KEPT_FRAMES = 20;
const LONGEST_TARGET = 2000;
const MOST_ARGUMENTS = 40;
const LONGEST_ARGUMENT = 500;

const { pid } = process;
const said = new Set();
let isReporting = false;

/** Where the program is now: frames of files, nearest first. */
function currentStack() {
  const frames = [];
  for (const site of getCallSites?.(MOST_FRAMES) ?? []) {
    const file = site.scriptName ?? "";
    const isFile = file.startsWith("file://") || file.startsWith("/");
    if (!isFile || file === __filename || frames.length >= KEPT_FRAMES) continue;
    frames.push({ file, line: site.lineNumber, column: site.columnNumber ?? site.column ?? 1 });
  }
  return frames;
}

function report(kind, target) {
  if (isReporting || said.size >= MOST_REPORTS || typeof target !== "string" || target === "")
    return;
  isReporting = true;
  try {
    const stack = currentStack();
    const line = stringify({ kind, pid, target: target.slice(0, LONGEST_TARGET), stack });
    if (said.has(line)) return;
    said.add(line);
    // Opened anew each time: a descriptor of ours would shift the program's own numbers.
    const file = openSync(OUTPUT, constants.O_WRONLY | constants.O_APPEND);
    try {
      writeSync(file, `${line}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A hint that could not be given is no reason to disturb the program.
  } finally {
    isReporting = false;
  }
}

/** Puts a wrapper that looks the same in the place of a function. */
function watch(owner, name, look) {
  try {
    const original = owner?.[name];
    const place = owner && getOwnPropertyDescriptor(owner, name);
    if (typeof original !== "function" || place === undefined || !("value" in place)) return;
    const wrapper = wrap(original, (args) => {
      try {
        look(args);
      } catch {
        // Arguments that we cannot read are for the original to judge.
      }
    });
    for (const key of ownKeys(original)) copyProperty(original, wrapper, key);
    defineProperty(owner, name, { ...place, value: wrapper });
  } catch {
    // What cannot be watched stays as it is.
  }
}

/** A function with which one can do what one can do with the original: `new` only where it can. */
function wrap(original, look) {
  if (getOwnPropertyDescriptor(original, "prototype") === undefined) {
    const { [original.name]: method } = {
      [original.name](...args) {
        look(args);
        return apply(original, this, args);
      },
    };
    return method;
  }
  return function wrapper(...args) {
    look(args);
    if (new.target === undefined) return apply(original, this, args);
    return construct(original, args, new.target === wrapper ? original : new.target);
  };
}

function copyProperty(from, to, key) {
  try {
    defineProperty(to, key, getOwnPropertyDescriptor(from, key));
  } catch {
    // A property that is fixed on every function keeps its own value.
  }
}

function reportHost(host, port) {
  const name = String(host)
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (!/^[\d.]+$|:/.test(name)) report("lookup", name);
  report("connect", `${name}:${port}`);
}

function lookAtSocket([first, second]) {
  // The normalised form that net itself passes on is an array with the options in front.
  const given = Array.isArray(first) ? first[0] : first;
  if (typeof given === "object" && given !== null) {
    // An agent says null for no path.
    if ((given.path ?? null) === null) reportHost(given.host ?? "localhost", given.port);
  } else if (Number.isInteger(Number(given))) {
    reportHost(typeof second === "string" ? second : "localhost", given);
  }
}

function lookAtFetch([resource]) {
  const url = new UrlOf(
    typeof resource === "object" && "url" in resource ? resource.url : resource,
  );
  if (url.protocol !== "http:" && url.protocol !== "https:") return;
  reportHost(url.hostname, url.port === "" ? (url.protocol === "http:" ? 80 : 443) : url.port);
}

/** A request may connect later, from the agent's queue. Where it goes stands in its header, if the port is not the usual one. */
function lookAtRequest(request) {
  const { host, protocol } = request;
  if (request.socketPath) return;
  const named = String(request.getHeader("host") ?? "");
  const port = /:(\d+)$/.exec(named)?.[1] ?? (protocol === "https:" ? 443 : 80);
  reportHost(host, port);
}

function lookAtDatagram(args) {
  // send(message, [offset, length], port, [address], [callback])
  const rest = args.slice(1).filter((each) => typeof each !== "function");
  const address = rest.find((each) => typeof each === "string");
  const numbers = rest.filter((each) => typeof each === "number");
  const port = numbers.length >= 3 ? numbers[2] : numbers[0];
  if (port !== undefined) reportHost(address ?? "127.0.0.1", port);
}

function lookAtConnection([port, address]) {
  reportHost(typeof address === "string" ? address : "127.0.0.1", port);
}

function lookAtName([name]) {
  report("lookup", typeof name === "string" ? name.toLowerCase() : "");
}

function reportProgram(args) {
  const bounded = args
    .slice(0, MOST_ARGUMENTS)
    .map((each) => String(each).slice(0, LONGEST_ARGUMENT));
  report("process", bounded.join(" "));
}

function lookAtSpawn([options]) {
  reportProgram(options.args ?? [options.file]);
}

function lookAtFile([file, args]) {
  reportProgram([file, ...(Array.isArray(args) ? args : [])]);
}

function lookAtCommand([command]) {
  reportProgram(["/bin/sh", "-c", command]);
}

/** Loading `http` and `https` only to replace parts of them would double what a small program takes to start. */
function watchRequests() {
  const { subscribe } = require("node:diagnostics_channel");
  // Told from within the constructor, under its caller's eyes.
  subscribe("http.client.request.created", ({ request }) => {
    try {
      lookAtRequest(request);
    } catch {
      // A request of an unknown shape is one that we do not tell of.
    }
  });
}

function watchAll() {
  const net = require("node:net");
  const dgram = require("node:dgram");
  const dns = require("node:dns");
  const children = require("node:child_process");
  watch(net.Socket.prototype, "connect", lookAtSocket);
  watch(dgram.Socket.prototype, "send", lookAtDatagram);
  watch(dgram.Socket.prototype, "connect", lookAtConnection);
  watch(globalThis, "fetch", lookAtFetch);
  watchRequests();
  for (const owner of [
    dns,
    dns.promises,
    dns.Resolver.prototype,
    dns.promises.Resolver.prototype,
  ]) {
    for (const name of ownKeys(owner)) {
      if (typeof name === "string" && /^(?:lookup|resolve\w*)$/.test(name))
        watch(owner, name, lookAtName);
    }
  }
  watch(children.ChildProcess.prototype, "spawn", lookAtSpawn);
  watch(children, "spawnSync", lookAtFile);
  watch(children, "execFileSync", lookAtFile);
  watch(children, "execSync", lookAtCommand);
  // What is imported from these modules by name is to be the same.
  require("node:module").syncBuiltinESMExports();
}

try {
  watchAll();
  // From here on, what the kernel sees of this process and we do not was meant to pass us by.
  report("start", process.argv0);
} catch {
  // A Node that is built otherwise runs unwatched.
}
