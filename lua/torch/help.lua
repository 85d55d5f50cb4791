-- Texts of ?name, generated from the operation table (kit/gen/help.lua).
local M = {}

local sources = {'torchdata.help'} -- modules that return name -> text
local texts
local function load_texts()
   texts = {}
   for _, source in ipairs(sources) do
      local ok, t = pcall(require, source)
      for name, text in pairs(ok and t or {}) do texts[name] = text end
   end
end

--- Adds a module of texts, which is loaded when help is asked for.
function M.source(name)
   sources[#sources + 1] = name
   texts = nil
end

-- 'torch.add', 'torch.FloatTensor.add', 'torch.LongStorage.fill' as the table names them.
local function plain(name)
   name = name:gsub('^torch%.', '')
   if name:find('^%w*Storage$') then return 'Storage' end
   if name:find('^%w*Tensor$') then return 'Tensor' end
   return (name:gsub('^%w*File%.', 'File.'):gsub('^%w*Storage%.', 'Storage.'):gsub('^%w*Tensor%.', ''))
end

-- The first name in the alphabet whose value in t is the one.
local function first(t, is_it)
   local found
   for name, v in pairs(t) do
      if is_it(v, name) and (not found or name < found) then found = name end
   end
   return found
end

-- The name a function goes by: an operation, a method, or a field of torch.
local function name_of(f)
   local op = first(require('torch.ops').all(), function(op) return op[1] == f or op[2] == f end)
   local function is_f(v) return v == f end
   local name = op or first(torch, is_f)
   if name then return name end
   name = first(cutorch or {}, is_f)
   if name then return 'cutorch.' .. name end
   for _, t in ipairs(require('libtorch').types) do
      for _, class in ipairs{t.name, t.gpu} do
         for _, kind in ipairs{'Tensor', 'Storage'} do
            local prefix = kind == 'Storage' and 'Storage.' or ''
            local method = first(torch.getmetatable('torch.' .. class .. kind) or {}, function(v, k)
               return v == f and type(k) == 'string' and texts[prefix .. k]
            end)
            if method then return prefix .. method end
         end
      end
   end
end

--- Help on 'torch.add', 'add', or a function: signatures, what it does, an example; or nil.
function M.lookup(what)
   if not texts then load_texts() end
   local name = type(what) == 'function' and name_of(what) or what
   return type(name) == 'string' and texts[plain(name)] or nil
end

--- Names that have help, sorted.
function M.names()
   if not texts then load_texts() end
   local list = {}
   for name in pairs(texts) do list[#list + 1] = name end
   table.sort(list)
   return list
end

return M
