-- Prints how many operations tables declare: what is made of them is made where there are some.
--   luajit operations.lua TABLE.lua...
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local n = 0
for _, row in ipairs(require('optable').load(arg)) do
   if row.kind == 'op' then n = n + 1 end
end
print(n)
