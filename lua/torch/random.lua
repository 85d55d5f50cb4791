-- torch.Generator, the default generator torch._gen, and sampling by alias tables.
local C = require 'libtorch'
local luaT = require 'luaT'
local arguments = require 'torch.arguments'
local torch = torch
local refuse, fail = arguments.refuse, arguments.error

local mt = luaT.newmetatable('torch.Generator', nil, C.newgenerator, nil, C.newgenerator)
mt.__metatable = mt
C.setclass('torch.Generator', mt)
torch._gen = C.defaultgenerator()

--- generator:write(file): writes the bytes of the state; torch.save calls it.
function mt:write(file)
   file:writeByte(torch.getRNGState(self):storage())
end
--- generator:read(file): reads the state; torch.load calls it.
function mt:read(file)
   torch.setRNGState(self, torch.ByteTensor(file:readByte(torch.getRNGState(self):nElement())))
end

--- Alias tables {J, q} of the probabilities p, which sum to 1; reuses `state` when given.
function torch.multinomialAliasSetup(p, state)
   if not torch.isTensor(p) then refuse('multinomialAliasSetup', false, p, state) end
   if state ~= nil and type(state) ~= 'table' then
      fail('multinomialAliasSetup', 2, 'state', 'table to reuse expected, got %s', torch.type(state))
   end
   if state and state[1] and state[2] then return {torch.multinomialAliasSetup_(p, state[1], state[2])} end
   return {torch.multinomialAliasSetup_(p)}
end
--- Fills the LongTensor r with categories drawn by the tables of multinomialAliasSetup.
function torch.multinomialAlias(r, state)
   if not (torch.typename(r) or ''):find('^torch%.[Cuda]*LongTensor$') or type(state) ~= 'table' then refuse('multinomialAlias', false, r, state) end
   return torch.multinomialAlias_(r, state[1], state[2])
end
