// Compares Salesforce's own SOQL parser with the emulator's: each line of standard input is the emulator's decision
// (1 accepts, 0 rejects) followed by a query.

const { SOQLParser } = require('@salesforce/soql-common/lib/soql-parser/soql-parser.js');

const parser = SOQLParser({ isApex: false, isMultiCurrencyEnabled: false, apiVersion: 67.0 });
const lines = require('node:fs').readFileSync(0, 'utf8').split('\n').filter(Boolean);
const differ = lines.filter((line) => parser.parseQuery(line.slice(1)).getSuccess() !== (line[0] === '1'));
differ.forEach((line) => console.log(`soql: ${line[0] === '1' ? 'only the emulator accepts' : 'only the emulator rejects'}: ${line.slice(1)}`));
console.log(`soql: ${lines.length} queries, ${differ.length} decisions differ`);
process.exitCode = differ.length || !lines.length ? 1 : 0;
