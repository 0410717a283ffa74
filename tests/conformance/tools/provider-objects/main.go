// Command provider-objects answers what a provider of the Secrets Store CSI driver would write for its parameters.
//
// The providers are no published modules. What they read their parameters with is: sigs.k8s.io/yaml and JMESPath (AWS),
// yaml.v3 (Google, and Azure, which reads each text in a list once more). The fields are those of their documentation, and
// others are refused. Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/jmespath/go-jmespath"
	yaml3 "gopkg.in/yaml.v3"
	"sigs.k8s.io/yaml"
)

type question struct {
	Provider   string
	Parameters map[string]string
	Stored     string // what the store keeps under every key
}

type written struct{ Object, Content string }

type answer struct {
	Files map[string]written
	Error string
}

// write takes no file twice: which one is left would be anybody's guess.
func (a *answer) write(file, object, content string) error {
	if _, known := a.Files[file]; known || file == "" || object == "" {
		return fmt.Errorf("not one object for one file: %q %q", object, file)
	}
	a.Files[file] = written{object, content}
	return nil
}

func strictly(text string, into any) error {
	decoder := yaml3.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

func aws(asked question, made *answer) error {
	var objects []struct {
		ObjectName, ObjectType, ObjectAlias string
		JMESPath                            []struct{ Path, ObjectAlias string } `json:"jmesPath"`
	}
	if err := yaml.UnmarshalStrict([]byte(asked.Parameters["objects"]), &objects); err != nil {
		return err
	}
	for _, one := range objects {
		if one.ObjectType != "secretsmanager" && one.ObjectType != "ssmparameter" {
			return fmt.Errorf("object type %q", one.ObjectType)
		}
		if err := made.write(one.ObjectAlias, one.ObjectName, asked.Stored); err != nil {
			return err
		}
		for _, part := range one.JMESPath {
			var data any
			if err := json.Unmarshal([]byte(asked.Stored), &data); err != nil {
				return err
			}
			found, err := jmespath.Search(part.Path, data)
			if err != nil {
				return err
			}
			text, isText := found.(string)
			if !isText {
				return fmt.Errorf("%s is no text", part.Path)
			}
			if err := made.write(part.ObjectAlias, one.ObjectName, text); err != nil {
				return err
			}
		}
	}
	return nil
}

func google(asked question, made *answer) error {
	var objects []struct {
		ResourceName   string `yaml:"resourceName"`
		Path           string `yaml:"path"`
		ExtractJSONKey string `yaml:"extractJSONKey"`
	}
	if err := strictly(asked.Parameters["secrets"], &objects); err != nil {
		return err
	}
	for _, one := range objects {
		content := asked.Stored
		if one.ExtractJSONKey != "" {
			var data map[string]any
			if err := json.Unmarshal([]byte(asked.Stored), &data); err != nil {
				return err
			}
			text, isText := data[one.ExtractJSONKey].(string)
			if !isText {
				return fmt.Errorf("%s is no text", one.ExtractJSONKey)
			}
			content = text
		}
		if err := made.write(one.Path, one.ResourceName, content); err != nil {
			return err
		}
	}
	return nil
}

func azure(asked question, made *answer) error {
	var objects struct{ Array []string }
	if err := strictly(asked.Parameters["objects"], &objects); err != nil {
		return err
	}
	for _, text := range objects.Array {
		var one struct {
			ObjectName  string `yaml:"objectName"`
			ObjectType  string `yaml:"objectType"`
			ObjectAlias string `yaml:"objectAlias"`
		}
		if err := strictly(text, &one); err != nil {
			return err
		}
		if err := made.write(one.ObjectAlias, one.ObjectType+"/"+one.ObjectName, asked.Stored); err != nil {
			return err
		}
	}
	return nil
}

var providers = map[string]func(question, *answer) error{"aws": aws, "gcp": google, "azure": azure}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		made := answer{Files: map[string]written{}}
		if err := providers[asked.Provider](asked, &made); err != nil {
			made = answer{Error: err.Error()}
		}
		if err := answers.Encode(made); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
