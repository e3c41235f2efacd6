// Salesforce's own SOQL parser against ours: lines of standard input are our verdict (1 accepts, 0 refuses) and a query.

const { SOQLParser } = require('@salesforce/soql-common/lib/soql-parser/soql-parser.js');

const parser = SOQLParser({ isApex: false, isMultiCurrencyEnabled: false, apiVersion: 67.0 });
const lines = require('node:fs').readFileSync(0, 'utf8').split('\n').filter(Boolean);
const differ = lines.filter((line) => parser.parseQuery(line.slice(1)).getSuccess() !== (line[0] === '1'));
differ.forEach((line) => console.log(`soql: ${line[0] === '1' ? 'we accept' : 'we refuse'}: ${line.slice(1)}`));
console.log(`soql: ${lines.length} queries, ${differ.length} verdicts differ`);
process.exitCode = differ.length || !lines.length ? 1 : 0;
