--- Every example in the texts of help: lines that begin with "> ", typed at the prompt of th, print what follows them.
-- Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local sessions = dofile(here .. 'sessions.lua')
local manual, help = require 'trepl.manual', require 'trepl.help'

-- The examples of a text, each once: a parent's text is that of many classes.
local examples, seen = {}, {}
for _, package_ in ipairs(manual.packages) do
   for _, entry in ipairs(manual.entries(package_)) do
      local text = help.find(entry.name) or ''
      for _, example in ipairs(manual.parse(text).examples) do
         local typed = {}
         for i, step in ipairs(example.steps) do typed[i] = step.code .. '\n' .. step.output end
         local key = table.concat(typed, '\n')
         if not seen[key] then
            seen[key] = true
            examples[#examples + 1] = {name = entry.name, steps = example.steps}
         end
      end
   end
end

check.ok(#examples > 200, 'there are examples: ' .. #examples)
sessions.run(check, arg[-1], examples)
check.finish()
