--- torch.Tester and torch.TestSuite.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'

-- TestSuite
local suite = torch.TestSuite()
function suite.one() end
check.error(function() function suite.one() end end, 'Test one is already defined%.', 'redefinition')
check.error(function() suite.t = {} end, 'Nested', 'nested suite')
check.error(function() suite.n = 3 end, 'Only functions', 'number as a test')
check.eq(torch.typename(suite), 'torch.TestSuite', 'class')

-- Each assertion: what makes it hold, what does not.
local function outcome(name, ...)
   local tester = torch.Tester()
   local args, n, result = {...}, select('#', ...), nil
   tester:add(function() result = tester[name](tester, unpack(args, 1, n)) end, 'x')
   local _, ok = check.captured(function() tester:run() end)
   check.eq(result, ok, name .. ' returns its outcome')
   return ok
end
local function fails() error('oops') end
local function works() end
local same, other = {1, {a = 'x'}}, {1, {a = 'y'}}
for _, case in ipairs {
   {'assert', {true}, {false}}, {'assert', {1, 'message'}, {nil}},
   {'eq', {1, 1}, {1, 2}}, {'eq', {1, 1.05, 0.1}, {1, 1.5, 0.1}}, {'eq', {1, 1.05, 'text', 0.1}, {1, 1.05, 'text', 0.01}},
   {'eq', {same, {1, {a = 'x'}}}, {same, other}}, {'eq', {'a', 'a'}, {'1', 1}}, {'eq', {{1}, {1}}, {{1}, {1, 2}}},
   {'eq', {same, {1, {a = 'x'}}}, {{1, 2}, {1}}}, {'eq', {true, true}, {0 / 0, 0 / 0}},
   {'ne', {1, 2}, {1, 1}}, {'assertGeneralEq', {same, same}, {same, other}}, {'assertGeneralNe', {same, other}, {same, same}},
   {'assertlt', {1, 2}, {2, 2}}, {'assertle', {2, 2}, {3, 2}}, {'assertgt', {3, 2}, {2, 2}}, {'assertge', {2, 2}, {1, 2}},
   {'asserteq', {same, same}, {same, other}}, {'assertne', {1, 2}, {1, 1}},
   {'assertalmosteq', {1, 1 + 1e-17}, {1, 1.1}}, {'assertalmosteq', {1, 1.1, 0.2}, {1, 1.1, 0.01}},
   {'assertTableEq', {same, {1, {a = 'x'}}}, {same, other}}, {'assertTableNe', {same, other}, {same, same}},
   {'assertError', {fails}, {works}}, {'assertNoError', {works}, {fails}},
   {'assertErrorMsg', {fails, 'oops'}, {fails, 'oop'}}, {'assertErrorPattern', {fails, 'oo'}, {fails, 'xx'}},
   {'assertErrorObj', {function() error({1}) end, function(e) return e[1] == 1 end}, {works, function() return true end}},
} do
   check.ok(outcome(case[1], unpack(case[2], 1, 4)), case[1] .. ' holds')
   check.ok(not outcome(case[1], unpack(case[3], 1, 4)), case[1] .. ' fails')
end

-- Cycles end.
local a, b = {}, {}
a.self, b.self = a, b
check.ok(outcome('eq', a, b), 'cyclic tables')

-- A run with everything in it.
local calls = {}
local tester = torch.Tester()
suite = torch.TestSuite()
function suite._setUp(name) calls[#calls + 1] = 'up ' .. name end
function suite._tearDown(name) calls[#calls + 1] = 'down ' .. name end
function suite.good() tester:eq(1, 1) end
function suite.bad() tester:eq(1, 2, 'numbers') tester:assert(true) end
function suite.broken() fails() end
function suite.left() error('not reached') end
tester:add(suite)
tester:disable('left')
local out, ok, err = check.captured(function() tester:run() end)
check.ok(not ok, 'failures raise')
check.match(err, 'An error was found while running tests!', 'the error')
check.match(out, '^Running 4 tests\n', 'head')
check.match(out, '1/4 bad %.+ %[FAIL%]\n', 'failed test')
check.match(out, '2/4 broken %.+ %[ERROR%]\n', 'test with an error')
check.match(out, '3/4 good %.+ %[PASS%]\n', 'good test')
check.match(out, '4/4 left %.+ %[SKIP%]\n', 'disabled test')
check.match(out, 'Completed 3 asserts in 3 tests with 1 failure and 1 error and 1 disabled\n', 'summary')
check.match(out, 'test_tester%.lua:%d+: numbers\nnot equal', 'message and place of the failure')
check.match(out, 'test_tester%.lua:%d+: oops', 'message of the error')
for line in out:gmatch('[^\n]+') do
   if line:match('^%d/4') then check.eq(#line, 80, 'width of ' .. line:sub(1, 10)) end
end
check.eq(calls, {'up bad', 'down bad', 'up broken', 'down broken', 'up good', 'down good'}, 'setUp and tearDown')

-- Selection and settings.
check.match(check.captured(function() check.eq(tester:run('goo'), 0, 'run returns 0') end), 'Running 1 test\n', 'pattern')
check.match(check.captured(function() pcall(tester.run, tester, {'good', 'bad'}) end), 'Running 2 tests\n', 'list')
tester:setSummaryOnly(true)
check.ok(not check.captured(function() tester:run('good') end):find('PASS'), 'summary only')
tester:setSummaryOnly(false)
tester:setEarlyAbort(true)
out = check.captured(function() tester:run() end)
check.ok(not out:find('broken'), 'early abort')
check.match(out, 'Completed 1 assert ', 'early abort leaves the test')
tester:setRethrowErrors(true)
_, _, err = check.captured(function() tester:run('broken') end)
check.match(err, 'oops', 'rethrown error')
out = check.captured(function() torch.Tester():add({x = function() end}):run() end)
check.match(out, '0 errors and 1 warning\n', 'plain table warns')
check.error(function() torch.Tester():add(function() end, 3) end, 'name expected', 'a name that is none')
do
   local tester, ran = torch.Tester(), 0
   tester:add(function() ran = ran + 1 end)
   tester:add(function() ran = ran + 1 end)
   check.captured(function() tester:run() end)
   check.eq(ran, 2, 'functions without names')
   local own = torch.TestSuite()
   check.eq(own.__tests, {}, 'the tests of a suite')
   function own.one() end
   check.eq(own.__tests.one, own.one, 'the tests of a suite')
   local hooks, heard = torch.Tester(), {}
   hooks._success = function() heard[#heard + 1] = 'yes' return 'right' end
   hooks._failure = function(_, message) heard[#heard + 1] = message return 'wrong' end
   hooks._warning = function(_, message) heard[#heard + 1] = message end
   check.eq(hooks:eq(1, 1), 'right', 'what _success returns')
   check.eq(hooks:assert(false, 'note'), 'wrong', 'what _failure returns')
   hooks:add {a = function() end}
   check.match(heard[2], '^note\n', 'the message of a failure')
   check.match(heard[3], 'plain table', 'a warning')
   check.eq(heard[1], 'yes', 'a success')
end
-- What subclasses replace and call.
do
   local Own, parent = torch.class('OwnTester', 'torch.Tester')
   local seen = {}
   function Own:_success()
      seen[#seen + 1] = self._currentTestName
      return parent._success(self)
   end
   function Own:_pcall(f)
      seen[#seen + 1] = 'call'
      return parent._pcall(self, f)
   end
   local own = OwnTester()
   own:add(torch.TestSuite())
   own:add(function() own:eq(1, 1) own:_assert_sub(false, 'plainly') end, 'first')
   own:add(function() error('oops') end, 'second')
   own:add(function() end, 'third')
   own:disable('third')
   check.eq(own:_getTests('s'), {first = own.tests.first, second = own.tests.second}, '_getTests')
   local text = check.captured(function() pcall(own.run, own) end)
   check.eq(seen, {'call', 'first', 'call'}, '_success and _pcall')
   check.eq({own.assertionPass.first, own.assertionFail.first, own.testError.second, own.disabledTests.third, own._currentTestName},
      {1, 1, 1, true, ''}, 'counts')
   check.match(own.errors[1], '^first\n.*test_tester%.lua:%d+: plainly$', 'the text of a failure')
   check.match(own.errors[2], '^second\n.*oops', 'the text of an error')
   check.match(text, 'failure: first\n', 'the report')
   local all = own:_getTests()
   text = check.captured(function() own:_run(all) own:_report(all) end)
   check.match(text, 'Running 3 tests', '_run')
   check.match(text, 'Completed 4 asserts in 2 tests', '_report')
   local x, y = torch.Tensor{1, 2}, torch.Tensor{1, 3}
   check.captured(function()
      check.eq({own:_eqOrNeq(1, 1, false), own:_eqOrNeq(1, 1, true), own:_eqOrNeq(1, 2, true, 'note')}, {true, false, true}, '_eqOrNeq')
      check.eq({own:_assertTensorEqOrNeq(x, y, false), own:_assertTensorEqOrNeq(x, y, false, 1), own:_assertTensorEqOrNeq(x, y, true)},
         {false, true, true}, '_assertTensorEqOrNeq')
      check.eq({own:_assertTableEqOrNeq({1}, {1}, false), own:_assertTableEqOrNeq({1}, {1}, true)}, {true, false}, '_assertTableEqOrNeq')
   end)
end

-- What is probably meant otherwise brings a warning, or an error.
do
   local t, warned = torch.Tester(), nil
   t._warning = function(_, message) warned = message end
   local x, y = torch.Tensor{1, 2}, torch.Tensor{1, 2}
   for _, case in ipairs{
      {'assert', '2 arguments more.*: more', true, 'note', 'more', 3}, {'eq', '1 arguments more', 1, 1, 0, 'note', 'more'},
      {'assertlt', '1 arguments more', 1, 2, 'note', 3}, {'assertError', '1 arguments more', fails, 'note', 3},
      {'assertTensorEq', '1 arguments more', x, y, 0, 'note', 3}, {'assertalmosteq', '1 arguments more', 1, 1, 0, 'note', 3},
      {'assert', 'message of an assertion is a table', true, {}}, {'asserteq', 'one object; tester:eq', x, y}, {'assertne', 'one object', x, y},
      {'assertTensorEq', 'different shapes', x, y:view(2, 1)},
   } do
      warned = nil
      check.captured(function() t[case[1]](t, unpack(case, 3, #case)) end)
      check.match(warned or 'nothing', case[2], case[1] .. ' warns')
   end
   warned = nil
   t:eq(x, y, 'note', 0)
   t:asserteq(x, x, 'note')
   t:assertne('a', 'b')
   check.eq(warned, nil, 'what needs no warning')
   t._assertTensorEqIgnoresDims = false
   check.eq(t:assertTensorEq(x, y:view(2, 1)), false, 'shapes, where they count')
   check.error(function() t:eq(1, 1, -1) end, 'test_tester.lua:%d+: .*must not be negative', 'a negative tolerance')
   check.error(function() t:eq(1, 1, {}) end, 'test_tester.lua:%d+: .*must be a number', 'a table for a tolerance')
   check.error(function() t:add({a = {b = fails}}) end, 'only functions can be tests, a is a table', 'nested tests')
   check.error(function() t:add({_setUp = 3}) end, 'only functions can be tests, _setUp is a number', 'a number for _setUp')
   check.error(function() t:add(torch.TestSuite(), 3) t:add(works, '_setUp') t:add(works, '_setUp') end, '_setUp is already defined', 'two _setUp')
end

-- Errors of _setUp and _tearDown are errors of the test; after one of _setUp the test is left out.
do
   local calls = {}
   for _, which in ipairs{'_setUp', '_tearDown'} do
      local t = torch.Tester()
      t:add{[which] = fails, test = function() calls[#calls + 1] = which end}
      local text, done = check.captured(function() t:run() end)
      check.ok(not done, which .. ' fails the run')
      check.match(text, '1/1 test %.+ %[ERROR%]', which .. ' is an error of the test')
   end
   check.eq(calls, {'_tearDown'}, 'the test itself')
end
check.error(function() torch.Tester():disable('nope') end, 'no test nope', 'disabling what is not there')

if torch.DoubleTensor and torch.add then
   local x = torch.DoubleTensor {{1, 2}, {3, 4}}
   local y = torch.DoubleTensor {1, 2, 3, 4.5}
   check.ok(outcome('eq', x, x:clone()), 'equal tensors')
   check.ok(not outcome('eq', x, x:clone():add(1)), 'different tensors')
   check.ok(outcome('eq', x, x:clone():add(1), 1), 'tensors within tolerance')
   check.ok(not outcome('eq', x, x:view(4)), 'shape counts')
   check.ok(not outcome('eq', x, x:float()), 'type counts')
   check.ok(outcome('eq', {x}, {x:clone()}), 'tensors in tables')
   check.ok(outcome('assertTensorEq', x, y, 0.5), 'assertTensorEq takes any shape')
   check.ok(not outcome('assertTensorEq', x, y), 'assertTensorEq')
   check.ok(outcome('assertTensorNe', x, y), 'assertTensorNe')
   check.ok(not outcome('assertTensorNe', x, x), 'assertTensorNe of the same')
   check.ok(not outcome('eq', torch.DoubleTensor {0 / 0}, torch.DoubleTensor {0 / 0}, 1), 'NaN fails')
   check.ok(outcome('eq', torch.DoubleTensor {math.huge}, torch.DoubleTensor {math.huge}), 'infinities')
   check.ok(outcome('eq', torch.DoubleTensor(), torch.DoubleTensor()), 'empty tensors')
   check.ok(outcome('eq', torch.LongStorage {1, 2}, torch.LongStorage {1, 2}), 'storages')
   check.ok(not outcome('eq', torch.LongStorage {1, 2}, torch.LongStorage {1, 3}), 'different storages')
end

check.finish()
