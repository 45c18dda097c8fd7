/** The report's look: the editor's colours where there are any, else the reader's light or dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --fg: var(--vscode-foreground, light-dark(#1f2328, #d6dae0));
  --dim: var(--vscode-descriptionForeground, light-dark(#57606a, #9aa4b0));
  --bg: var(--vscode-editor-background, light-dark(#ffffff, #14171c));
  --line: var(--vscode-panel-border, var(--vscode-contrastBorder, light-dark(#d8dee4, #30363d)));
  --link: var(--vscode-textLink-foreground, light-dark(#0550ae, #6cb6ff));
  --good: var(--vscode-testing-iconPassed, light-dark(#1a7f37, #57ab5a));
  --warn: var(--vscode-problemsWarningIcon-foreground, light-dark(#9a6700, #d4a72c));
  --bad: var(--vscode-problemsErrorIcon-foreground, light-dark(#cf222e, #f47067));
  --ai: var(--vscode-charts-purple, light-dark(#8250df, #b083f0));
  --human: var(--vscode-charts-blue, light-dark(#0969da, #539bf5));
  --unknown: var(--vscode-charts-foreground, light-dark(#8c959f, #768390));
}
body {
  margin: 0 auto; padding: 28px 32px 48px; max-width: 60rem;
  background: var(--bg); color: var(--fg);
  font: 14px/1.5 var(--vscode-font-family, system-ui, sans-serif);
}
h1 { font-size: 1.5rem; font-weight: 600; margin: 0; }
h2 { font-size: 1.05rem; font-weight: 600; margin: 36px 0 10px; }
h3 { font-size: 1rem; font-weight: 600; margin: 20px 0 6px; }
p { margin: 4px 0; }
a { color: var(--link); text-underline-offset: 2px; }
a:focus-visible { outline: 1px solid var(--vscode-focusBorder, currentColor); outline-offset: 2px; }
code, pre, .mono { font-family: var(--vscode-editor-font-family, ui-monospace, monospace); font-size: 0.92em; }
pre { margin: 6px 0 0; padding: 10px 12px; overflow: auto; max-height: 22rem; border: 1px solid var(--line); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
header { display: flex; gap: 20px; align-items: center; padding-bottom: 20px; border-bottom: 1px solid var(--line); }
.score { flex: none; width: 84px; height: 84px; }
.score .track { stroke: var(--line); opacity: 0.5; }
.score text { fill: var(--fg); font-weight: 600; }
.score .grade { fill: var(--dim); font-weight: 400; }
.pass { color: var(--good); } .fail { color: var(--bad); } .unproven { color: var(--warn); }
.ring.pass { stroke: var(--good); } .ring.fail { stroke: var(--bad); } .ring.unproven { stroke: var(--warn); }
.dim { color: var(--dim); }
ol.story { list-style: none; margin: 0; padding: 0; }
ol.story li { position: relative; padding: 0 0 14px 26px; }
ol.story li::before { content: ""; position: absolute; left: 4px; top: 7px; width: 9px; height: 9px; border-radius: 50%; background: var(--dim); }
ol.story li::after { content: ""; position: absolute; left: 8px; top: 18px; bottom: -5px; width: 1px; background: var(--line); }
ol.story li:last-child::after { display: none; }
ol.story li.pass::before { background: var(--good); } ol.story li.fail::before { background: var(--bad); } ol.story li.unproven::before { background: var(--warn); }
ol.story li { color: var(--fg); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--dim); }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.word, td.mono { white-space: nowrap; }
td.error { color: var(--bad); } td.warning { color: var(--warn); } td.info { color: var(--dim); }
tfoot td { font-weight: 600; border-bottom: 0; }
td p { margin: 0; }
ul { margin: 4px 0; padding-left: 20px; }
.legend { display: flex; gap: 18px; color: var(--dim); margin: 0 0 8px; }
.legend svg { width: 10px; height: 10px; margin-right: 6px; }
td.bar { width: 40%; } td.bar svg { display: block; width: 100%; height: 10px; margin-top: 6px; }
.ai { fill: var(--ai); } .human { fill: var(--human); } .unknown { fill: var(--unknown); }
.chart { width: 100%; height: auto; display: block; }
.chart .grid { stroke: var(--line); } .chart text { fill: var(--dim); font-size: 11px; }
.chart .course { fill: none; stroke: var(--fg); stroke-width: 1.5; opacity: 0.55; }
.chart circle.pass { fill: var(--good); } .chart circle.fail { fill: var(--bad); } .chart circle.unproven { fill: var(--warn); }
footer { margin-top: 36px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--dim); overflow-wrap: anywhere; }
@media print { body { max-width: none; } pre { max-height: none; } }
`;
