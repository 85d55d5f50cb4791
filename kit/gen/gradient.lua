-- Derivatives of operations: what `grad` of a row says, made into functions of Lua (gradients.lua) and into what the
-- bindings tell the recorder (bindings.lua; lua/torch/record.c). Both go through the rows in the same order, so they number
-- the rules alike.
--
-- An expression is run once on symbols, which build the calls that it stands for: x * y of two tensors is cmul, of a tensor
-- and a number mul; a function that is called is one of lua/autograd/functions.lua.
local M = {}

local ONLY_SIZES = 64 -- BIND_ONLY_SIZES
local FIRST = 4       -- ORDER NODE, as in lua/torch/record.c

-- ---- symbols ----

local Symbol = {}
local function symbol(code, tensor, uses) return setmetatable({code = code, tensor = tensor, uses = uses or {}}, Symbol) end
local function lift(v)
   if type(v) == 'table' then return v end
   if v == nil then return symbol('nil', false) end
   return symbol((type(v) == 'string' and '%q' or '%.17g'):format(v), false)
end

local function join(...)
   local uses = {}
   for _, s in ipairs{...} do
      for name, how in pairs(s.uses) do uses[name] = uses[name] == true or how end
   end
   return uses
end

local function call(name, tensor, ...)
   local codes = {}
   for i, s in ipairs{...} do codes[i] = s.code end
   return symbol(('%s(%s)'):format(name, table.concat(codes, ', ')), tensor, join(...))
end

-- The operation by the kinds of both operands: {tensor and tensor, tensor and number, number and tensor}; a function makes
-- the symbol.
local function binary(sign, both, right, left)
   return function(a, b)
      a, b = lift(a), lift(b)
      local how = a.tensor and (b.tensor and both or right) or b.tensor and left
      if not how then return symbol(('(%s %s %s)'):format(a.code, sign, b.code), false, join(a, b)) end
      if type(how) == 'function' then return how(a, b) end
      return call('F.' .. how, true, a, b)
   end
end
local function scaled(a, b)
   if b.code == '1' then return a end
   return call(tonumber(b.code) and 'F.mul' or 'F.scale', true, a, b)
end
local function negative(a) return call('F.neg', true, a) end

Symbol.__add = binary('+', 'add', 'add', function(a, b) return call('F.add', true, b, a) end)
Symbol.__mul = binary('*', 'cmul', scaled, function(a, b) return scaled(b, a) end)
Symbol.__sub = binary('-', 'csub', 'csub', function(a, b) return call('F.add', true, negative(b), a) end)
Symbol.__div = binary('/', 'cdiv', 'div', function(a, b) return scaled(call('F.cinv', true, b), a) end)
Symbol.__pow = binary('^', 'cpow', 'pow', 'pow')
Symbol.__unm = function(a) return a.tensor and negative(a) or symbol('-' .. a.code, false, a.uses) end

-- ---- forms ----

local results = {out = true, outmask = true, outindex = true, newout = true, inout = true}

--- Whether a form of a function written by hand returns a view.
function M.is_view(form) return form.ret ~= nil and form.ret:find('^Tensor') ~= nil end

--- Arguments that have a slot: all but constants; a number that is returned has the last one, and so has the view that a
-- function written by hand returns.
function M.slots(form)
   local list = {}
   for _, arg in ipairs(form) do
      if arg.kind ~= 'const' then list[#list + 1] = arg end
   end
   if form.ret == 'real' or form.ret == 'accreal' or M.is_view(form) then list[#list + 1] = {kind = 'newout', name = 'r'} end
   return list
end

-- Results that have gradients.
local function differentiable(arg) return results[arg.kind] and arg.kind ~= 'outindex' and arg.kind ~= 'outmask' and not arg.type end

local function constant(arg) return symbol(tostring(tonumber(arg.value) or tonumber(tostring(arg.value):match('%((%-?%d+)%)'))), false) end

-- What names in an expression stand for. Names that are saved become locals.
local function environment(slots, form)
   local env = {}
   local function saved(arg)
      local tensor = arg.kind == 'tensor' or arg.kind == 'tensors' or results[arg.kind]
      return symbol(arg.name, tensor and true or false, {[arg.name] = true})
   end
   local first
   for _, arg in ipairs(slots) do
      env[arg.name] = saved(arg)
      if differentiable(arg) and not first then first = arg end
   end
   for _, arg in ipairs(form) do
      if arg.kind == 'const' then env[arg.name] = constant(arg) end
   end
   if first then env.r = env.r or env[first.name] end
   env.g = symbol('g', true)
   env.G = symbol('g', true) -- of several results: the table of their gradients
   function env.sizes(x)
      local name = next(x.uses)
      return symbol(name .. '_size', false, {[name .. '_size'] = 'size'})
   end
   -- rows of packages write math.sqrt(x), as their references do
   env.math = setmetatable({pi = math.pi, huge = math.huge}, {__index = function(_, name) return env[name] end})
   return setmetatable(env, {__index = function(_, name)
      return function(...)
         local args, tensor = {}, not math[name]
         for i = 1, select('#', ...) do
            args[i] = lift((select(i, ...)))
            tensor = tensor or args[i].tensor
         end
         local result = call((tensor and 'F.' or 'math.') .. name, tensor, unpack(args))
         result.into = name:find('_into$') ~= nil -- it hands the gradient on itself: name(node, ...)
         return result
      end
   end})
end

-- Literal default of a left-out argument, or nil when the functions find it themselves.
local function default_of(arg)
   if type(arg.default) == 'boolean' then return tostring(arg.default) end
   if type(arg.default) == 'number' and not (arg.kind == 'dim' and arg.default < 0) then return tostring(arg.default) end
   if type(arg.default) == 'string' and arg.kind == 'option' then return ('%q'):format(arg.default) end
end

local function evaluate(row, text, env)
   local f, err = loadstring('return ' .. text, '=' .. row.name .. '.grad')
   if not f then error(row.file .. ': ' .. err, 0) end
   local ok, s = pcall(setfenv(f, env))
   if not ok then error(('%s: %s: grad: %s'):format(row.file, row.name, s), 0) end
   return lift(s)
end

-- The inputs with an expression: {slot, name, code, uses}.
local function inputs_of(row, form, slots, grad)
   local env, list = environment(slots, form), {}
   for i, arg in ipairs(slots) do
      local text = (arg.kind == 'tensor' or arg.kind == 'tensors' or arg.kind == 'inout') and not arg.type and grad[arg.name]
      if text and text ~= '0' then
         local s = evaluate(row, text, env)
         list[#list + 1] = {slot = i, name = arg.name, code = s.code, uses = s.uses, list = arg.kind == 'tensors', into = s.into}
      end
   end
   return list
end

-- What the inputs use, in the order of slots: {slot, name, size, needs = mask of inputs}.
local function saved_of(slots, inputs)
   local list = {}
   for i, arg in ipairs(slots) do
      for _, size in ipairs{false, true} do
         local name, needs = arg.name .. (size and '_size' or ''), 0
         for k, input in ipairs(inputs) do
            if input.uses[name] then needs = needs + 2 ^ (k - 1) end
         end
         if needs > 0 then
            local tensor = arg.kind == 'tensor' or results[arg.kind]
            list[#list + 1] = {slot = i, name = name, size = size, needs = needs, checked = tensor and not size, default = not size and default_of(arg)}
         end
      end
   end
   return list
end

-- ---- rules ----

local function octal(slots) return (slots:gsub('.', function(c) return ('\\%03o'):format(c:byte()) end)) end
local function characters(list, f)
   local t = {}
   for i, e in ipairs(list) do t[i] = string.char(f(e)) end
   return octal(table.concat(t))
end

local function function_of(rule)
   local out, names = {'function(node, g)'}, {}
   local first, checked = FIRST + #rule.inputs, false
   for i, s in ipairs(rule.saved) do
      names[i] = s.name
      checked = checked or s.checked
   end
   if checked then
      out[#out + 1] = ('   local %s = saved(node, %d, %d, S.keep)'):format(table.concat(names, ', '), first, #names)
   elseif #names > 0 then
      local slots = {}
      for i = 1, #names do slots[i] = ('node[%d]'):format(first + i - 1) end
      out[#out + 1] = ('   local %s = %s'):format(table.concat(names, ', '), table.concat(slots, ', '))
   end
   for _, s in ipairs(rule.saved) do
      if s.default then out[#out + 1] = ('   if %s == nil then %s = %s end'):format(s.name, s.name, s.default) end
   end
   local sizes = first + #names + (#names > 0 and 1 or 0)
   for k, input in ipairs(rule.inputs) do
      local to = ('node[%d]'):format(FIRST + k - 1)
      local wanted = ('%s and (S.all or S.reach[%s])'):format(to, to)
      local give
      if input.list then wanted, give = to, ('give_each(%s, %s)'):format(to, input.code)
      elseif input.into then give = input.code:gsub('%(', '(' .. to .. ', ', 1)
      else give = ('give(%s, %s%s)'):format(to, input.code, math.floor(rule.fit / 2 ^ (k - 1)) % 2 == 1 and (', node[%d]'):format(sizes + k - 1) or '') end
      out[#out + 1] = ('   if %s then %s end'):format(wanted, give)
   end
   out[#out + 1] = 'end'
   return table.concat(out, '\n')
end

local function result_slots(slots)
   local list = {}
   for i, arg in ipairs(slots) do
      if differentiable(arg) then list[#list + 1] = i end
   end
   return list
end

-- Whether a form makes tensors, or a number, of the operation's type.
local function has_result(slots) return #result_slots(slots) > 0 end

local function rule_of(row, form, id)
   local slots = M.slots(form)
   local grad = form.grad
   if grad == nil then grad = row.grad end
   local rule = {id = id, row = row, form = form, inputs = {}, saved = {}, grad = grad, fit = 0,
      view = row.lua == 'handwritten' or row.untyped and form[1].kind == 'newout'}
   rule.results = result_slots(slots)
   if grad then
      rule.inputs = inputs_of(row, form, slots, grad)
      rule.saved = saved_of(slots, rule.inputs)
      for k, input in ipairs(rule.inputs) do
         if row.map or form.map or row.fit == true or row.fit == input.name then rule.fit = rule.fit + 2 ^ (k - 1) end
      end
   end
   rule.known = grad ~= nil
   rule.code = function_of(rule)
   return rule
end

-- Whether the rule of a form is ours to make: of functions written by hand only those that return a view.
local function has_rule(row, form)
   if row.lua == 'handwritten' then return row.grad ~= nil and M.is_view(form) end
   return has_result(M.slots(form))
end

--- The rules of rows, in order; rules[form] of each form of each row that can have one.
function M.rules(rows)
   local list, byform, bykey = {}, {}, {}
   for _, row in ipairs(rows) do
      if row.kind == 'op' then
         for _, forms in ipairs{row.functions, row.methods} do
            for _, form in ipairs(forms) do
               if not byform[form] and has_rule(row, form) then
                  local rule = rule_of(row, form)
                  local inputs = {}
                  for i, input in ipairs(rule.inputs) do inputs[i] = input.slot end
                  local key = row.name .. ' ' .. table.concat(inputs, ',') .. ' ' .. table.concat(rule.results, ',') .. rule.code
                  if not bykey[key] then
                     list[#list + 1] = rule
                     rule.id, bykey[key] = #list, rule
                  end
                  byform[form] = bykey[key]
               end
            end
         end
      end
   end
   return list, byform
end

--- The BindRule of a rule, in C; package_: whose it is, nil: torch's.
function M.descriptor(rule, package_)
   local id = not rule.known and -1 or #rule.inputs == 0 and 0 or rule.id
   return ('{%d, %s, %d, "%s", "%s", "%s", "%s", %s}'):format(id, rule.view and 'true' or 'false', rule.fit,
      characters(rule.inputs, function(i) return i.slot end),
      characters(rule.saved, function(s) return s.slot + (s.size and ONLY_SIZES or 0) end),
      characters(rule.saved, function(s) return s.needs end),
      characters(rule.results, function(r) return r end), package_ and ('"%s"'):format(package_) or 'NULL')
end

return M
