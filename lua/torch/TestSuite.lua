-- Sets of named test functions that cannot be defined twice by mistake.
--
--    local tests = torch.TestSuite()
--    function tests.addition() tester:eq(1 + 1, 2) end
--    tester:add(tests)

--- torch.TestSuite() -> suite: an empty set of named test functions, to be assigned to its fields, which cannot be
-- defined twice by mistake.
function torch.TestSuite()
   local tests = {}  -- apart from the suite itself, so that a second definition is seen as well
   return setmetatable({}, {
      __typename = 'torch.TestSuite',
      __tests = tests,
      __index = setmetatable({__tests = tests}, {__index = tests}), -- as Torch7's, which have the table as a field
      __newindex = function(_, name, f)
         if tests[name] ~= nil then error('Test ' .. tostring(name) .. ' is already defined.', 2) end
         if type(f) == 'table' then
            error(('Nested tests are not supported: make %s a suite and add it to the tester'):format(tostring(name)), 2)
         elseif type(f) ~= 'function' then
            error(('Only functions can be tests: %s is a %s'):format(tostring(name), type(f)), 2)
         end
         tests[name] = f
      end,
   })
end
