--- torch.Tester: runs test functions, counts what they assert, and reports.
--
--    local tester = torch.Tester()
--    tester:add(suite)
--    tester:run()
--
-- Every assertion returns whether it held; a failed one is recorded and the test goes on. Where an
-- assertion takes a tolerance and a message, both are optional and come in either order.
local Tester = torch.class('torch.Tester')
local equality = require 'torch.equality'

local NCOLS = 80
local EARLY_ABORT = {}  -- raised to leave a test at its first failure

--- torch.Tester(): no tests yet.
function Tester:__init()
   self.tests = {}       -- by name
   self.testnames = {}   -- in the order they were added
   self.disabled = {}
   self.countasserts = 0
   self.failures, self.errors, self.warnings = {}, {}, {}
   self.earlyAbort, self.rethrow, self.summaryOnly = false, false, false
   self.current = nil    -- name of the running test
end

-- Settings ---------------------------------------------------------------------------------------------

--- Stop at the first failure or error.
function Tester:setEarlyAbort(on) self.earlyAbort = on end
--- Let errors of tests through, for a debugger or a traceback.
function Tester:setRethrowErrors(on) self.rethrow = on end
--- Print no line per test.
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

-- What becomes of the outcomes; programs override these three. The first two return what an assertion
-- returns.
function Tester:_success()
   return true
end
function Tester:_failure(message)
   table.insert(self.failures, {test = self.current, message = message, place = place()})
   if self.earlyAbort then error(EARLY_ABORT, 0) end
   return false
end
function Tester:_warning(message)
   table.insert(self.warnings, {test = self.current, message = message})
end

local function free_name(self)
   local n, name = 1, 'unknown'
   while self.tests[name] do
      n = n + 1
      name = 'unknown ' .. n
   end
   return name
end

--- Adds a function under a name ("unknown" without one), or all functions of a torch.TestSuite or table. The names _setUp
-- and _tearDown are called around each test, with its name.
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

--- Skips a test, or a list of them.
function Tester:disable(names)
   for _, name in ipairs(type(names) == 'table' and names or {names}) do
      if not self.tests[name] then error('torch.Tester: there is no test ' .. tostring(name) .. ' to disable', 2) end
      self.disabled[name] = true
   end
   return self
end

-- Assertions --------------------------------------------------------------------------------------------

-- Records the outcome of an assertion. why: what was wrong with the values.
function Tester:__record(ok, why, message)
   self.countasserts = self.countasserts + 1
   if ok then return self:_success() end
   return self:_failure(message == nil and why or tostring(message) .. '\n' .. why)
end

-- Tolerance and message in either order.
local function options(a, b, default)
   if type(a) == 'string' or type(b) == 'number' then a, b = b, a end
   if a ~= nil and type(a) ~= 'number' then error('torch.Tester: the tolerance must be a number', 3) end
   return a or default, b
end

--- Asserts that condition is neither false nor nil.
function Tester:assert(condition, message)
   return self:__record(condition, 'condition does not hold', message)
end

--- Asserts that got and expected are equal: same type, tables and tensors by content within the tolerance (0).
function Tester:eq(got, expected, a, b)
   local tolerance, message = options(a, b, 0)
   local ok, why = equality.equal(got, expected, tolerance)
   return self:__record(ok, 'not equal: ' .. (why or ''), message)
end

--- Asserts that they are not.
function Tester:ne(got, unexpected, a, b)
   local tolerance, message = options(a, b, 0)
   return self:__record(not equality.equal(got, unexpected, tolerance), 'equal, but should differ', message)
end

local comparisons = {
   assertlt = {'<', function(a, b) return a < b end},
   assertgt = {'>', function(a, b) return a > b end},
   assertle = {'<=', function(a, b) return a <= b end},
   assertge = {'>=', function(a, b) return a >= b end},
   asserteq = {'==', function(a, b) return a == b end},
   assertne = {'~=', function(a, b) return a ~= b end},
}
-- assertlt, assertgt, assertle, assertge, asserteq, assertne (value, other, message): Lua's own comparison.
for name, comparison in pairs(comparisons) do
   local symbol, holds = comparison[1], comparison[2]
   Tester[name] = function(self, value, other, message)
      return self:__record(holds(value, other),
         ('%s %s %s does not hold'):format(tostring(value), symbol, tostring(other)), message)
   end
end

--- Asserts that two numbers differ by at most the tolerance (1e-16).
function Tester:assertalmosteq(value, other, a, b)
   local tolerance, message = options(a, b, 1e-16)
   local difference = math.abs(value - other)
   return self:__record(difference <= tolerance or value == other,
      ('%s and %s differ by %g, tolerance %g'):format(value, other, difference, tolerance), message)
end

-- Compares element by element, whatever the shapes, as Torch7 did. Returns equal?, reason.
function Tester:__compare_tensors(ta, tb, tolerance)
   if not torch.isTensor(ta) or not torch.isTensor(tb) then
      return false, ('tensors expected, got %s and %s'):format(torch.type(ta), torch.type(tb))
   elseif torch.typename(ta) ~= torch.typename(tb) then
      return false, ('%s is not %s'):format(torch.typename(ta), torch.typename(tb))
   elseif ta:nElement() ~= tb:nElement() then
      return false, ('numbers of elements differ: %d and %d'):format(ta:nElement(), tb:nElement())
   end
   if ta:nElement() > 0 and not ta:isSameSizeAs(tb) then
      self:_warning('assertTensorEq compared tensors of different shapes; tester:eq tells them apart')
   end
   local difference = equality.max_difference(ta, tb)
   return difference <= tolerance,
      ('largest difference of elements is %g, tolerance %g'):format(difference, tolerance)
end

--- Asserts that the elements of two tensors are equal within the tolerance (0); shapes are not compared.
function Tester:assertTensorEq(ta, tb, a, b)
   local tolerance, message = options(a, b, 0)
   local ok, why = self:__compare_tensors(ta, tb, tolerance)
   return self:__record(ok, 'tensors not equal: ' .. why, message)
end

--- Asserts that they are not.
function Tester:assertTensorNe(ta, tb, a, b)
   local tolerance, message = options(a, b, 0)
   local equal = self:__compare_tensors(ta, tb, tolerance)
   return self:__record(not equal, 'tensors are equal, but should differ', message)
end

--- Deep equality of tables.
function Tester:assertTableEq(ta, tb, a, b) return self:eq(ta, tb, a, b) end
function Tester:assertTableNe(ta, tb, a, b) return self:ne(ta, tb, a, b) end

--- Asserts that f raises an error for which holds(error object).
function Tester:assertErrorObj(f, holds, message)
   local ok, err = pcall(f)
   return self:__record(not ok and holds(err),
      ok and 'no error was raised' or 'another error was raised: ' .. tostring(err), message)
end

--- Asserts that f raises an error.
function Tester:assertError(f, message)
   return self:assertErrorObj(f, function() return true end, message)
end

--- Asserts that f raises none.
function Tester:assertNoError(f, message)
   local ok, err = pcall(f)
   return self:__record(ok, 'error was raised: ' .. tostring(err), message)
end

local function without_place(err)
   return type(err) == 'string' and err:gsub('^[^\n]-:%d+: ', '', 1) or err
end

--- Asserts that f raises an error with this very message (its place left aside).
function Tester:assertErrorMsg(f, expected, message)
   return self:assertErrorObj(f, function(err) return err == expected or without_place(err) == expected end, message)
end

--- Asserts that f raises an error whose message matches a Lua pattern.
function Tester:assertErrorPattern(f, pattern, message)
   return self:assertErrorObj(f, function(err) return tostring(err):find(pattern) ~= nil end, message)
end

Tester.assertGeneralEq, Tester.assertGeneralNe = Tester.eq, Tester.ne

-- Running ------------------------------------------------------------------------------------------------

local function colour(name, text)
   local ok, colors = pcall(require, 'trepl.colors')
   if not ok then return text end
   return colors[name] .. text .. colors.none
end

local function on_terminal()
   local ok, colors = pcall(require, 'trepl.colors')
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

local function selected(names, patterns)
   if patterns == nil then return names end
   if type(patterns) == 'string' then patterns = {patterns} end
   local chosen = {}
   for _, name in ipairs(names) do
      for _, pattern in ipairs(patterns) do
         if name:find(pattern) then
            chosen[#chosen + 1] = name
            break
         end
      end
   end
   return chosen
end

function Tester:__call_test(name)
   local function body()
      if self.tests._setUp then self.tests._setUp(name) end
      self.tests[name]()
   end
   local ok, err
   if self.rethrow then
      ok = true
      body()
   else
      ok, err = xpcall(body, function(e)
         if e == EARLY_ABORT then return e end
         if tostring(e):match('interrupted!$') then return {interrupt = e} end
         local text = debug.traceback(type(e) == 'string' and e or 'error object: ' .. tostring(e), 2)
         return (text:gsub('\n%s*[^\n]-/Tester%.lua:%d+: .*$', ''))  -- frames of the tester itself
      end)
   end
   if self.tests._tearDown then self.tests._tearDown(name) end
   if type(err) == 'table' and err.interrupt then error(err.interrupt, 0) end  -- Ctrl-C ends the whole run
   if not ok and err ~= EARLY_ABORT then table.insert(self.errors, {test = name, message = err}) end
end

function Tester:__run_one(i, n, name)
   self:__show(i, n, name, 'WAIT')
   if self.disabled[name] then return self:__show(i, n, name, 'SKIP') end
   local failures, errors = #self.failures, #self.errors
   self.current = name
   self:__call_test(name)
   self.current = nil
   local state = #self.errors > errors and 'ERROR' or #self.failures > failures and 'FAIL' or 'PASS'
   self:__show(i, n, name, state)
end

local function print_section(title, entries)
   for _, entry in ipairs(entries) do
      io.write(('-'):rep(NCOLS), '\n', title, entry.test and ': ' .. entry.test or '', '\n')
      io.write(entry.place and entry.place .. ': ' or '', entry.message, '\n')
   end
end

function Tester:__report(ntests, ndisabled)
   local failures, errors, warnings = #self.failures, #self.errors, #self.warnings
   io.write(('Completed %s in %s with '):format(plural(self.countasserts, 'assert'), plural(ntests, 'test')))
   io.write(colour(failures > 0 and 'magenta' or 'green', plural(failures, 'failure')), ' and ')
   io.write(colour(errors > 0 and 'red' or 'green', plural(errors, 'error')))
   if warnings > 0 then io.write(' and ', colour('yellow', plural(warnings, 'warning'))) end
   if ndisabled > 0 then io.write(' and ', colour('yellow', ndisabled .. ' disabled')) end
   io.write('\n')
   print_section(colour('yellow', 'warning'), self.warnings)
   print_section(colour('magenta', 'failure'), self.failures)
   print_section(colour('red', 'error'), self.errors)
   if failures + errors + warnings > 0 then io.write(('-'):rep(NCOLS), '\n') end
   io.flush()
end

--- Runs all tests, or those whose names match a Lua pattern or one of a list. Returns 0, or raises
-- an error if anything failed.
function Tester:run(patterns)
   local names = selected(self.testnames, patterns)
   if #names == 0 and patterns ~= nil then
      error('torch.Tester: no test matches ' .. (type(patterns) == 'table' and table.concat(patterns, ', ') or patterns), 2)
   end
   self.countasserts, self.failures, self.errors = 0, {}, {}
   local ndisabled = 0
   for _, name in ipairs(names) do ndisabled = ndisabled + (self.disabled[name] and 1 or 0) end
   io.write('Running ', plural(#names, 'test'), '\n')
   for i, name in ipairs(names) do
      self:__run_one(i, #names, name)
      if self.earlyAbort and #self.failures + #self.errors > 0 then break end
   end
   self:__report(#names - ndisabled, ndisabled)
   if #self.failures + #self.errors > 0 then error('An error was found while running tests!', 0) end
   return 0
end

return Tester
