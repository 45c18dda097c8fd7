/** Code that is hardly ever meant, in the files whose names end so. */
export interface KnownApi {
  readonly pattern: string;
  readonly files: RegExp;
  readonly reason: string;
}

const SCRIPT = /\.[cm]?[jt]sx?$/u;
const PYTHON = /\.pyw?$/u;
const SHELL = /\.(?:sh|bash|zsh)$|(?:^|\/)(?:Dockerfile|Containerfile|Makefile)[^/]*$|\.ya?ml$/u;
const NO_TLS =
  "it accepts any certificate, so that anyone on the way can read and change what is sent";
const RUNS_TEXT = "it runs text as code";
const INJECTS = "values put into a command line can end it and begin another one";
const UNPICKLES = "loading such data runs code that the data names";
const PIPES = "it runs whatever the server happens to answer";

/** What is forbidden where the policy is silent: few things, each of which is wrong nearly always. */
export const KNOWN_APIS: readonly KnownApi[] = [
  ...apis(SCRIPT, NO_TLS, [
    "rejectUnauthorized: false",
    "strictSSL: false",
    'NODE_TLS_REJECT_UNAUTHORIZED = "0"',
    "NODE_TLS_REJECT_UNAUTHORIZED = 0",
    '["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"',
    'NODE_TLS_REJECT_UNAUTHORIZED: "0"',
  ]),
  ...apis(SCRIPT, RUNS_TEXT, ["eval(", "new Function(", "globalThis.eval(", "window.eval("]),
  ...apis(SCRIPT, INJECTS, [
    'exec(f""',
    'execSync(f""',
    'child_process.exec(f""',
    'child_process.execSync(f""',
    'cp.exec(f""',
    'cp.execSync(f""',
    'exec("" +',
    'execSync("" +',
    'cp.execSync("" +',
    'child_process.exec("" +',
    'child_process.execSync("" +',
  ]),
  ...apis(PYTHON, NO_TLS, [
    "verify=False",
    "verify_ssl=False",
    "ssl._create_unverified_context",
    "check_hostname = False",
    "verify_mode = ssl.CERT_NONE",
    "cert_reqs=ssl.CERT_NONE",
    'cert_reqs="CERT_NONE"',
  ]),
  ...apis(PYTHON, RUNS_TEXT, ["eval(", "exec("]),
  ...apis(PYTHON, INJECTS, [
    'os.system(f""',
    'os.system("" +',
    'os.system("" %',
    'os.popen(f""',
    'subprocess.*(f""*shell=True',
    'subprocess.*("" +*shell=True',
  ]),
  ...apis(PYTHON, UNPICKLES, [
    "pickle.loads(request",
    "pickle.load(request",
    "yaml.unsafe_load(",
    "Loader=yaml.Loader",
    "Loader=yaml.UnsafeLoader",
  ]),
  ...apis(/\.go$/u, NO_TLS, ["InsecureSkipVerify: true", "InsecureSkipVerify = true"]),
  ...apis(/\.rs$/u, NO_TLS, [
    ".danger_accept_invalid_certs(true",
    ".danger_accept_invalid_hostnames(true",
  ]),
  ...apis(/\.(?:java|kt|kts|scala|groovy)$/u, NO_TLS, [
    "NoopHostnameVerifier.INSTANCE",
    "ALLOW_ALL_HOSTNAME_VERIFIER",
    "TrustAllStrategy.INSTANCE",
  ]),
  ...apis(/\.cs$/u, NO_TLS, ["HttpClientHandler.DangerousAcceptAnyServerCertificateValidator"]),
  ...apis(/\.(?:rb|rake)$/u, NO_TLS, ["OpenSSL::SSL::VERIFY_NONE"]),
  ...apis(/\.php\d?$/u, NO_TLS, ["CURLOPT_SSL_VERIFYPEER, false", "CURLOPT_SSL_VERIFYPEER, 0"]),
  ...apis(/\.php\d?$/u, RUNS_TEXT, ["eval("]),
  ...apis(SHELL, PIPES, [
    "curl * | sh",
    "curl * | bash",
    "curl * | sudo",
    "wget * | sh",
    "wget * | bash",
    "wget * | sudo",
  ]),
  ...apis(SHELL, NO_TLS, [
    "NODE_TLS_REJECT_UNAUTHORIZED=0",
    "NODE_TLS_REJECT_UNAUTHORIZED: 0",
    'NODE_TLS_REJECT_UNAUTHORIZED: "0"',
    "http.sslVerify false",
    "strict-ssl false",
    "curl * --insecure",
  ]),
];

function apis(files: RegExp, reason: string, patterns: readonly string[]): readonly KnownApi[] {
  return patterns.map((pattern) => ({ pattern, files, reason }));
}
