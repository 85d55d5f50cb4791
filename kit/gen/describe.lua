-- What the generators of help, reference and annotations share: rows of the table as text.
local signature, types = require 'signature', require 'types'
local M = {}

-- Page titles by family; other families are files, titled by the first sentence of their first comment.
M.titles = {
   tensor = 'Tensors: making them, and questions to them', storage = 'Storages', session = 'The session',
   class = 'Classes', file = 'Files',
}

local paths = {}
function M.remember(files)
   for _, path in ipairs(files) do paths[path:match('([^/]+)%.lua$')] = path end
end

function M.family(row) return row.family or row.file:match('([^/]+)%.lua$') end

function M.title(family)
   if M.titles[family] then return M.titles[family] end
   local f = paths[family] and io.open(paths[family])
   local first = f and f:read('*l') or ''
   if f then f:close() end
   return first:match('^%-%-+%s*([^.]+)') or family
end

--- Signature lines of a row, functions first, without repetition.
function M.usage(row)
   local lines, seen = {}, {}
   local short = row.name:match('[^.]+$')
   local function add(forms, method)
      for _, form in ipairs(forms) do
         local line = signature.usage(short, form, method)
         if not seen[line] then lines[#lines + 1] = line end
         seen[line] = true
      end
   end
   add(row.functions, false)
   add(row.methods, true)
   return lines
end

local function list_types(list)
   local has, without = {}, {}
   for _, t in ipairs(list) do has[t] = true end
   for _, t in ipairs(types) do
      if not has[t.name] then without[#without + 1] = t.name end
   end
   if #without == 0 then return 'all' end
   if #list < 7 then return table.concat(list, ', ') end
   return 'all but ' .. table.concat(without, ', ')
end

--- Element types of a row, on the CPU and on the GPU; nothing for functions that are not of a type.
function M.types(row)
   if row.lua == 'handwritten' then return end
   return list_types(row.types) .. '; on the GPU: ' .. (#row.cuda > 0 and list_types(row.cuda) or 'none')
end

--- Name under which a row is anchored: torch.add, torch.Tensor.narrow, torch.Storage.fill.
function M.anchor(row)
   if row.class then return 'torch.' .. row.name end
   return (#row.functions > 0 and 'torch.' or 'torch.Tensor.') .. row.name
end

--- Public rows: those with a name that scripts use, sorted by name.
function M.public(rows)
   local list = {}
   for _, row in ipairs(rows) do
      if row.kind == 'op' and not row.name:find('_$') and (#row.functions > 0 or #row.methods > 0) then list[#list + 1] = row end
   end
   table.sort(list, function(a, b) return a.name < b.name end)
   return list
end

function M.write(path, lines)
   local f = assert(io.open(path, 'w'))
   f:write(table.concat(lines, '\n'), '\n')
   f:close()
end

return M
