--- The least that a test needs: counts checks and ends with "N passed, M failed". For tests of code
-- that comes before torch.Tester, or of torch.Tester itself. Load it by dofile.
local M = {passed = 0, failed = 0}

local function show(v)
   return type(v) == 'string' and ('%q'):format(v) or tostring(v)
end

local function note(ok, what, why)
   if ok then
      M.passed = M.passed + 1
   else
      M.failed = M.failed + 1
      print(('FAIL %s: %s'):format(what, why))
   end
   return ok
end

local function same(a, b)
   if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
   for k, v in pairs(a) do
      if not same(v, b[k]) then return false end
   end
   for k in pairs(b) do
      if a[k] == nil then return false end
   end
   return true
end

--- Equal, tables by content.
function M.eq(got, expected, what)
   local text = ('got %s, expected %s'):format(show(got), show(expected))
   if type(got) == 'table' and type(expected) == 'table' then text = 'tables differ' end
   return note(same(got, expected), what, text)
end

function M.ok(condition, what)
   return note(condition, what, 'does not hold')
end

--- text contains a Lua pattern.
function M.match(text, pattern, what)
   return note(type(text) == 'string' and text:find(pattern) ~= nil, what,
      ('no %s in %s'):format(show(pattern), show(text)))
end

--- f raises an error that matches.
function M.error(f, pattern, what)
   local ok, err = pcall(f)
   if ok then return note(false, what, 'no error') end
   return M.match(tostring(err), pattern, what)
end

--- Runs f with io.write and print going into a string; returns that and what pcall gave.
function M.captured(f)
   local out, write, plain = {}, io.write, print
   io.write = function(...)
      for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end
      return io.stdout
   end
   print = function(...)
      local texts = {}
      for i = 1, select('#', ...) do texts[i] = tostring((select(i, ...))) end
      io.write(table.concat(texts, '\t'), '\n')
   end
   local ok, err = pcall(f)
   io.write, print = write, plain
   return table.concat(out), ok, err
end

--- Prints the result and ends the program.
function M.finish()
   print(('%d passed, %d failed'):format(M.passed, M.failed))
   os.exit(M.failed == 0 and 0 or 1)
end

--- Whether a command of the shell succeeds; os.execute tells it in two ways, that of Lua 5.1 and that of 5.2.
function M.succeeds(command)
   local status = os.execute(command)
   return status == 0 or status == true
end

return M
