#!/usr/bin/env node
require("../dist/wsframe.cjs").main(process.argv);
