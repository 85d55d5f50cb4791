--- torch.Tester(): runs test functions, counts what they assert, and reports.
--
--    local tester = torch.Tester()
--    tester:add(suite)
--    tester:run()
--
-- Every assertion returns whether it held; a failed one is recorded and the test goes on. Where an
-- assertion takes a tolerance and a message, both are optional and come in either order.
--
-- Methods and fields with one underscore have the names and tasks that they have in Torch7: subclasses replace
-- and call them.
local Tester = torch.class('torch.Tester')
local equality = require 'torch.equality'

local NCOLS = 80
local EARLY_ABORT = {}  -- raised to leave a test at its first failure

function Tester:__init()
   self.tests = {}         -- by name
   self.testnames = {}     -- in the order they were added
   self.disabledTests = {}
   self.errors, self.kinds = {}, {} -- texts of failures and errors, and which of the two each is
   self.warnings, self._warningCount = {}, {}
   self.assertionPass, self.assertionFail, self.testError = {}, {}, {} -- numbers by name of the test
   self.earlyAbort, self.rethrow, self.summaryOnly = false, false, false
   self._currentTestName = ''  -- of the running test
   self._assertTensorEqIgnoresDims = true -- assertTensorEq compares elements, whatever the shapes
end

local function count(counts, name) counts[name] = (counts[name] or 0) + 1 end

-- Settings ---------------------------------------------------------------------------------------------

--- tester:setEarlyAbort(on): whether to stop at the first failure or error.
function Tester:setEarlyAbort(on) self.earlyAbort = on end

--- tester:setRethrowErrors(on): whether to let errors of tests through, for a debugger or a traceback.
function Tester:setRethrowErrors(on) self.rethrow = on end

--- tester:setSummaryOnly(on): whether to print no line per test.
function Tester:setSummaryOnly(on) self.summaryOnly = on end

local function place()
   -- the first frame that is not in this file
   local here = debug.getinfo(1, 'S').source
   for level = 3, 20 do
      local info = debug.getinfo(level, 'Sl')
      if not info then break end
      if info.source ~= here and info.what ~= 'C' then return ('%s:%d'):format(info.short_src, info.currentline) end
   end
   return '?'
end

--- The text of a failure or warning: the running test, the place of the assertion, the message.
function Tester:_addDebugInfo(message)
   local test = self._currentTestName
   return (test ~= '' and test .. '\n' or '') .. place() .. ': ' .. message
end

local function note(self, kind, text)
   table.insert(self.errors, text)
   self.kinds[#self.errors] = kind
end

-- What becomes of the outcomes. The first two return what an assertion returns.
function Tester:_success()
   count(self.assertionPass, self._currentTestName)
   return true
end
function Tester:_failure(message)
   count(self.assertionFail, self._currentTestName)
   note(self, 'failure', self:_addDebugInfo(message))
   if self.earlyAbort then error(EARLY_ABORT, 0) end
   return false
end
function Tester:_warning(message)
   count(self._warningCount, self._currentTestName)
   table.insert(self.warnings, self:_addDebugInfo(message))
end

local function free_name(self)
   local n, name = 1, 'unknown'
   while self.tests[name] do
      n = n + 1
      name = 'unknown ' .. n
   end
   return name
end

--- tester:add(test [, name = 'unknown']) -> tester: adds a function under a name, or all functions of a torch.TestSuite
-- or table. The names _setUp and _tearDown are for functions that are called before and after each test of their table,
-- with its name.
function Tester:add(test, name)
   if type(test) == 'function' then
      if name == nil then name = free_name(self) end
      if type(name) ~= 'string' then error("torch.Tester: name expected, as in tester:add(f, 'name')", 2) end
      if self.tests[name] then error('Test ' .. name .. ' is already defined.', 2) end
      self.tests[name] = test
      if name ~= '_setUp' and name ~= '_tearDown' then table.insert(self.testnames, name) end
      return self
   elseif type(test) ~= 'table' then
      error('torch.Tester: function, torch.TestSuite or table of functions expected, got ' .. type(test), 2)
   end
   local mt = getmetatable(test)
   local functions = type(mt) == 'table' and mt.__tests
   if not functions then
      self:_warning('a plain table was added: a function defined twice in it would go unnoticed; use torch.TestSuite()')
      functions = test
   end
   local names = {}
   for k, f in pairs(functions) do
      if type(f) ~= 'function' then
         error(('torch.Tester: only functions can be tests, %s is a %s'):format(tostring(k), type(f)), 2)
      end
      names[#names + 1] = k
   end
   table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   for _, k in ipairs(names) do self:add(functions[k], name and name .. '_' .. tostring(k) or tostring(k)) end
   return self
end

--- tester:disable(names) -> tester: skips a test, or a list of them.
function Tester:disable(names)
   for _, name in ipairs(type(names) == 'table' and names or {names}) do
      if not self.tests[name] then error('torch.Tester: there is no test ' .. tostring(name) .. ' to disable', 2) end
      self.disabledTests[name] = true
   end
   return self
end

-- Assertions --------------------------------------------------------------------------------------------

--- Records the outcome of an assertion.
function Tester:_assert_sub(condition, message)
   if condition then return self:_success() end
   return self:_failure(message)
end

-- The same with a reason, why, of its own. The user's message comes first; what is behind it is too much.
local function record(self, ok, why, message, ...)
   if select('#', ...) > 0 then
      self:_warning(('%d arguments more than the assertion takes: %s'):format(select('#', ...), tostring((...))))
   end
   if message ~= nil and type(message) ~= 'string' then
      self:_warning('the message of an assertion is a ' .. torch.type(message) .. '; a string was expected')
   end
   return self:_assert_sub(ok, message == nil and why or tostring(message) .. '\n' .. why)
end

-- Tolerance and message in either order, and what is behind them.
local function options(default, a, b, ...)
   if type(a) == 'string' or type(b) == 'number' then a, b = b, a end
   if a ~= nil and type(a) ~= 'number' then error('torch.Tester: the tolerance must be a number', 3) end
   if a and not (a >= 0) then error('torch.Tester: the tolerance must not be negative', 3) end
   return a or default, b, ...
end

--- tester:assert(condition [, message], ...) -> boolean: asserts that condition is neither false nor nil.
function Tester:assert(condition, message, ...)
   return record(self, condition, 'condition does not hold', message, ...)
end

--- Asserts that two values are equal (negate: that they are not): same type, tables and tensors by content. In ...:
-- tolerance (0) and message.
function Tester:_eqOrNeq(got, expected, negate, ...)
   local function judge(tolerance, ...)
      local ok, why = equality.equal(got, expected, tolerance)
      if negate then return record(self, not ok, 'equal, but should differ', ...) end
      return record(self, ok, 'not equal: ' .. (why or ''), ...)
   end
   return judge(options(0, ...))
end

--- tester:eq(got, expected [, tolerance = 0, message], ...) -> boolean: asserts that got and expected are equal: same
-- type, tables and tensors by content within the tolerance.
function Tester:eq(got, expected, ...) return self:_eqOrNeq(got, expected, false, ...) end

--- tester:ne(got, unexpected [, tolerance = 0, message], ...) -> boolean: asserts that they are not.
function Tester:ne(got, unexpected, ...) return self:_eqOrNeq(got, unexpected, true, ...) end

local comparisons = {
   assertlt = {'<', function(a, b) return a < b end},
   assertgt = {'>', function(a, b) return a > b end},
   assertle = {'<=', function(a, b) return a <= b end},
   assertge = {'>=', function(a, b) return a >= b end},
   asserteq = {'==', function(a, b) return a == b end},
   assertne = {'~=', function(a, b) return a ~= b end},
}
--- torch.Tester.assertlt, torch.Tester.assertgt, torch.Tester.assertle, torch.Tester.assertge, torch.Tester.asserteq,
-- torch.Tester.assertne(self, value, other [, message], ...) -> boolean: asserts that Lua's own comparison, <, >, <=, >=, ==, ~=, holds.

for name, comparison in pairs(comparisons) do
   local symbol, holds = comparison[1], comparison[2]
   Tester[name] = function(self, value, other, message, ...)
      if symbol:find('^[=~]=') and torch.typename(value) and torch.typename(other) and not rawequal(value, other) then
         self:_warning(('%s asks whether two %s are one object; tester:eq compares what they hold'):format(name, torch.typename(value)))
      end
      return record(self, holds(value, other), ('%s %s %s does not hold'):format(tostring(value), symbol, tostring(other)), message, ...)
   end
end

--- tester:assertalmosteq(value, other [, tolerance = 1e-16, message], ...) -> boolean: asserts that two numbers differ
-- by at most the tolerance.
function Tester:assertalmosteq(value, other, ...)
   local function judge(tolerance, ...)
      local difference = math.abs(value - other)
      return record(self, difference <= tolerance or value == other,
         ('%s and %s differ by %g, tolerance %g'):format(value, other, difference, tolerance), ...)
   end
   return judge(options(1e-16, ...))
end

-- Compares element by element, whatever the shapes, as Torch7 did. Returns equal?, reason.
local function compare_tensors(self, ta, tb, tolerance)
   if not torch.isTensor(ta) or not torch.isTensor(tb) then
      return false, ('tensors expected, got %s and %s'):format(torch.type(ta), torch.type(tb))
   elseif torch.typename(ta) ~= torch.typename(tb) then
      return false, ('%s is not %s'):format(torch.typename(ta), torch.typename(tb))
   elseif ta:nElement() ~= tb:nElement() then
      return false, ('numbers of elements differ: %d and %d'):format(ta:nElement(), tb:nElement())
   end
   if ta:nElement() > 0 and not ta:isSameSizeAs(tb) then
      if not self._assertTensorEqIgnoresDims then return false, 'sizes differ' end
      self:_warning('assertTensorEq compared tensors of different shapes; tester:eq tells them apart')
   end
   local difference = equality.max_difference(ta, tb)
   return difference <= tolerance,
      ('largest difference of elements is %g, tolerance %g'):format(difference, tolerance)
end

--- Asserts that the elements of two tensors are equal (negate: are not). In ...: tolerance (0) and message.
function Tester:_assertTensorEqOrNeq(ta, tb, negate, ...)
   local function judge(tolerance, ...)
      local ok, why = compare_tensors(self, ta, tb, tolerance)
      if negate then return record(self, not ok, 'tensors are equal, but should differ', ...) end
      return record(self, ok, 'tensors not equal: ' .. why, ...)
   end
   return judge(options(0, ...))
end

--- tester:assertTensorEq(ta, tb [, tolerance = 0, message], ...) -> boolean: asserts that the elements of two tensors
-- are equal within the tolerance; shapes are not compared.
function Tester:assertTensorEq(ta, tb, ...) return self:_assertTensorEqOrNeq(ta, tb, false, ...) end

--- tester:assertTensorNe(ta, tb [, tolerance = 0, message], ...) -> boolean: asserts that they are not.
function Tester:assertTensorNe(ta, tb, ...) return self:_assertTensorEqOrNeq(ta, tb, true, ...) end

--- Asserts that two tables are equal (negate: are not), nested ones by content. In ...: tolerance (0) and message.
function Tester:_assertTableEqOrNeq(ta, tb, negate, ...)
   return self:_eqOrNeq(ta, tb, negate, ...)
end

--- tester:assertTableEq(ta, tb [, tolerance = 0, message], ...) -> boolean: asserts that two tables are equal, nested
-- ones by content.
function Tester:assertTableEq(ta, tb, ...) return self:_assertTableEqOrNeq(ta, tb, false, ...) end

--- tester:assertTableNe(ta, tb [, tolerance = 0, message], ...) -> boolean: asserts that they are not.
function Tester:assertTableNe(ta, tb, ...) return self:_assertTableEqOrNeq(ta, tb, true, ...) end

--- tester:assertErrorObj(f, holds [, message], ...) -> boolean: asserts that f raises an error for which holds(error
-- object).
function Tester:assertErrorObj(f, holds, message, ...)
   local ok, err = pcall(f)
   return record(self, not ok and holds(err),
      ok and 'no error was raised' or 'another error was raised: ' .. tostring(err), message, ...)
end

--- tester:assertError(f [, message], ...) -> boolean: asserts that f raises an error.
function Tester:assertError(f, ...)
   return self:assertErrorObj(f, function() return true end, ...)
end

--- tester:assertNoError(f [, message], ...) -> boolean: asserts that f raises none.
function Tester:assertNoError(f, message, ...)
   local ok, err = pcall(f)
   return record(self, ok, 'error was raised: ' .. tostring(err), message, ...)
end

local function without_place(err)
   return type(err) == 'string' and err:gsub('^[^\n]-:%d+: ', '', 1) or err
end

--- tester:assertErrorMsg(f, expected [, message], ...) -> boolean: asserts that f raises an error with this very message
-- (its place left aside).
function Tester:assertErrorMsg(f, expected, ...)
   return self:assertErrorObj(f, function(err) return err == expected or without_place(err) == expected end, ...)
end

--- tester:assertErrorPattern(f, pattern [, message], ...) -> boolean: asserts that f raises an error whose message
-- matches a Lua pattern.
function Tester:assertErrorPattern(f, pattern, ...)
   return self:assertErrorObj(f, function(err) return tostring(err):find(pattern) ~= nil end, ...)
end

--- torch.Tester.assertGeneralEq, torch.Tester.assertGeneralNe(self, got, expected [, tolerance = 0, message], ...) -> boolean: other names of eq
-- and ne.
Tester.assertGeneralEq, Tester.assertGeneralNe = Tester.eq, Tester.ne

-- Running ------------------------------------------------------------------------------------------------

local function colour(name, text)
   local ok, colors = pcall(require, 'sys.terminal')
   if not ok then return text end
   return colors[name] .. text .. colors.none
end

local function on_terminal()
   local ok, colors = pcall(require, 'sys.terminal')
   return ok and colors.isatty(1)
end

local function plural(n, word)
   return ('%d %s%s'):format(n, word, n == 1 and '' or 's')
end

local states = {WAIT = 'cyan', PASS = 'green', FAIL = 'magenta', ERROR = 'red', SKIP = 'yellow'}

-- One line per test: the name, dots, the state. On a terminal [WAIT] shows until it is known.
function Tester:__show(i, n, name, state)
   if self.summaryOnly or (state == 'WAIT' and not on_terminal()) then return end
   local head = ('%d/%d %s '):format(i, n, name)
   local dots = ('.'):rep(math.max(3, NCOLS - #head - #state - 3))
   io.write(head, dots, ' ', colour(states[state], '[' .. state .. ']'), state == 'WAIT' and '\r' or '\n')
   io.flush()
end

--- The tests, by name: all, or those whose names match a Lua pattern or one of a list.
function Tester:_getTests(patterns)
   if type(patterns) == 'string' then patterns = {patterns} end
   local chosen = {}
   for _, name in ipairs(self.testnames) do
      if patterns == nil then chosen[name] = self.tests[name] end
      for _, pattern in ipairs(patterns or {}) do
         if name:find(pattern) then chosen[name] = self.tests[name] end
      end
   end
   return chosen
end

-- Their names, in the order in which they were added.
local function in_order(self, tests)
   local names = {}
   for _, name in ipairs(self.testnames) do
      if tests[name] then names[#names + 1] = name end
   end
   return names
end

-- Handler of an error of a test: its text with a traceback, without the frames of the tester itself.
local function traced(e)
   if e == EARLY_ABORT then return e end
   if tostring(e):match('interrupted!$') then return {interrupt = e} end
   local text = debug.traceback(type(e) == 'string' and e or 'error object: ' .. tostring(e), 2)
   return (text:gsub('\n%s*[^\n]-/Tester%.lua:%d+: .*$', ''))
end

--- Calls f; an error is recorded as one of the running test. Returns whether there was none, and f's result.
function Tester:_pcall(f)
   if self.rethrow then return true, f() end
   local ok, result = xpcall(f, traced)
   if ok then return ok, result end
   if type(result) == 'table' and result.interrupt then error(result.interrupt, 0) end -- Ctrl-C ends the whole run
   if result ~= EARLY_ABORT then
      count(self.testError, self._currentTestName)
      note(self, 'error', self._currentTestName .. '\n' .. result)
   end
   return false, result
end

-- One test, with what comes before and after it.
local function call_test(self, name)
   local before, after = self.tests._setUp, self.tests._tearDown
   local ok, err = true, nil
   if not before or self:_pcall(function() before(name) end) then ok, err = pcall(self._pcall, self, self.tests[name]) end
   if after then self:_pcall(function() after(name) end) end
   if not ok then error(err, 0) end
end

local function run_one(self, i, n, name)
   self:__show(i, n, name, 'WAIT')
   if self.disabledTests[name] then return self:__show(i, n, name, 'SKIP') end
   self._currentTestName = name
   call_test(self, name)
   self._currentTestName = ''
   local state = self.testError[name] and 'ERROR' or self.assertionFail[name] and 'FAIL' or 'PASS'
   self:__show(i, n, name, state)
end

--- Runs tests, a table by name.
function Tester:_run(tests)
   local names = in_order(self, tests)
   io.write('Running ', plural(#names, 'test'), '\n')
   for i, name in ipairs(names) do
      run_one(self, i, #names, name)
      if self.earlyAbort and #self.errors > 0 then break end
   end
end

local function print_section(kinds, texts)
   for i, text in ipairs(texts) do
      local kind = type(kinds) == 'table' and (kinds[i] or 'error') or kinds
      local title = colour(({warning = 'yellow', failure = 'magenta', error = 'red'})[kind], kind)
      io.write(('-'):rep(NCOLS), '\n', title, ': ', text, '\n')
   end
end

local function total(counts)
   local sum = 0
   for _, n in pairs(counts) do sum = sum + n end
   return sum
end

--- Prints what came of the tests, a table by name.
function Tester:_report(tests)
   local names = in_order(self, tests)
   local ntests, ndisabled = #names, 0
   for _, name in ipairs(names) do ndisabled = ndisabled + (self.disabledTests[name] and 1 or 0) end
   local failures, errors, warnings = total(self.assertionFail), total(self.testError), #self.warnings
   local asserts = total(self.assertionPass) + failures
   io.write(('Completed %s in %s with '):format(plural(asserts, 'assert'), plural(ntests - ndisabled, 'test')))
   io.write(colour(failures > 0 and 'magenta' or 'green', plural(failures, 'failure')), ' and ')
   io.write(colour(errors > 0 and 'red' or 'green', plural(errors, 'error')))
   if warnings > 0 then io.write(' and ', colour('yellow', plural(warnings, 'warning'))) end
   if ndisabled > 0 then io.write(' and ', colour('yellow', ndisabled .. ' disabled')) end
   io.write('\n')
   print_section('warning', self.warnings)
   print_section(self.kinds, self.errors)
   if #self.errors + warnings > 0 then io.write(('-'):rep(NCOLS), '\n') end
   io.flush()
end

--- tester:run([patterns]) -> number: runs all tests, or those whose names match a Lua pattern or one of a list. Returns
-- 0, or raises an error when one failed.
function Tester:run(patterns)
   local tests = self:_getTests(patterns)
   if next(tests) == nil and patterns ~= nil then
      error('torch.Tester: no test matches ' .. (type(patterns) == 'table' and table.concat(patterns, ', ') or patterns), 2)
   end
   self.errors, self.kinds, self.assertionPass, self.assertionFail, self.testError = {}, {}, {}, {}, {}
   self:_run(tests)
   self:_report(tests)
   if #self.errors > 0 then error('An error was found while running tests!', 0) end
   return 0
end

return Tester
