// Command go-template answers what a template of an ExternalSecret makes of values: Go's own templates with the functions
// of sprig, but those that read the environment, and an error where a value is missing, as External Secrets executes them.
//
// Its own package (runtime/template/v2) is in a module that is not published by itself, so it can not be linked here.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type question struct {
	Template string
	Values   map[string]string
}

type answer struct {
	Made  string
	Error string
}

func execute(asked question) answer {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	parsed, err := template.New("one").Option("missingkey=error").Funcs(functions).Parse(asked.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var made strings.Builder
	if err := parsed.Execute(&made, asked.Values); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Made: made.String()}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(execute(asked)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
