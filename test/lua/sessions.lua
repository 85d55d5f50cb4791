--- Sessions: what is typed at the prompt of th, and what it prints.
local M = {}

-- Typed first: the packages, and a function that forgets what an example has defined.
local before = [[
nn, optim, image, graph = require 'nn', require 'optim', require 'image', require 'graph'; require 'nngraph'; gnuplot, plot = require 'gnuplot', require 'plot'
do local kept = {}; for k in pairs(_G) do kept[k] = true end; function _forget() for k in pairs(_G) do if not kept[k] and k ~= '_forget' then _G[k] = nil end end end end
]]

-- Colours, the time after each line and spaces at line ends are not part of the story.
function M.plain(text)
   text = text:gsub('\27%[[%d;]*m', '')
   return (text:gsub(' +\n', '\n'):gsub('^\n+', ''):gsub('\n+$', ''))
end

-- What th prints after each line that it is given: a list.
local function replies(th, lines)
   local input = os.tmpname()
   local f = assert(io.open(input, 'w'))
   f:write('setprinttime(false)\n', table.concat(lines, '\n'), '\n')
   f:close()
   local pipe = io.popen(('NO_COLOR=1 TREPLSTARTUP= TREPL_HISTORY=/dev/null %s -i < %s 2>&1'):format(th, input))
   local out = pipe:read('*a')
   pipe:close()
   os.remove(input)
   local list = {}
   for shown in ('\n' .. out .. 'th> '):gsub('%.%.> ', 'th> '):gmatch('(.-)th> ') do list[#list + 1] = shown end
   table.remove(list, 1) -- before the first prompt
   table.remove(list, 1) -- after setprinttime
   return list
end

--- Runs examples, a list of {name=, steps = {{code=, output=}...}}, each without the variables of those before, and checks what
-- each step prints.
function M.run(check, th, examples)
   local lines = {}
   for line in before:gmatch('[^\n]+') do lines[#lines + 1] = line end
   local skip = #lines
   for _, example in ipairs(examples) do
      lines[#lines + 1] = '_forget();'
      for _, step in ipairs(example.steps) do lines[#lines + 1] = step.code end
   end
   local shown, at = replies(th, lines), skip
   check.eq(#shown >= #lines, true, 'every line was read')
   for _, example in ipairs(examples) do
      at = at + 1
      for _, step in ipairs(example.steps) do
         at = at + 1
         check.eq(M.plain(shown[at] or ''), M.plain(step.output), example.name .. ': > ' .. step.code)
      end
   end
end

return M
