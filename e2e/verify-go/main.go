// verify-go checks a publication bundle with Go's own signed notes and transparency logs, sharing no line with ours:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run main.go bundle.json key
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type bundle struct {
	Version     int
	Origin      string
	Index, Size int64
	Leaf        []byte
	Proof       [][]byte
	Checkpoint  string
	Part        struct {
		Label      string
		Salt, Body []byte
	}
}

func refuse(wrong bool, what string, why any) {
	if wrong {
		fmt.Printf("refused: %s: %v\n", what, why)
		os.Exit(1)
	}
}

func main() {
	refuse(len(os.Args) != 3, "usage", "main.go bundle.json key")
	file, err := os.ReadFile(os.Args[1])
	refuse(err != nil, "bundle", err)
	key, err := os.ReadFile(os.Args[2])
	refuse(err != nil, "key", err)
	var b bundle
	err = json.Unmarshal(file, &b)
	refuse(err != nil, "bundle", err)
	refuse(b.Version != 1, "bundle", "not of version 1")

	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	refuse(err != nil, "key", err)
	opened, err := note.Open([]byte(b.Checkpoint), note.VerifierList(verifier))
	refuse(err != nil, "note", err)
	head := strings.SplitN(opened.Text, "\n", 4)
	fits := len(head) == 4 && head[0] == b.Origin && head[0] == verifier.Name() && head[1] == fmt.Sprint(b.Size)
	refuse(!fits, "note", "a checkpoint of another log or size")
	root, err := tlog.ParseHash(head[2])
	refuse(err != nil, "note", err)

	proof := make(tlog.RecordProof, len(b.Proof))
	for i, hash := range b.Proof {
		refuse(copy(proof[i][:], hash) != tlog.HashSize, "inclusion", "a short hash")
	}
	err = tlog.CheckRecord(proof, b.Size, root, b.Index, tlog.RecordHash(b.Leaf))
	refuse(err != nil, "inclusion", err)

	var l struct {
		Parts []struct{ Label, Sensitivity, Commitment string }
	}
	err = json.Unmarshal(b.Leaf, &l)
	refuse(err != nil, "leaf", err)
	sum := sha256.Sum256([]byte(string(b.Part.Salt) + "\x00" + b.Part.Label + "\x00" + string(b.Part.Body)))
	commitment, committed := base64.StdEncoding.EncodeToString(sum[:]), false
	for _, part := range l.Parts {
		committed = committed || part.Label == b.Part.Label && part.Sensitivity == "public" && part.Commitment == commitment
	}
	refuse(!committed || len(b.Part.Salt) != 32, "part", "the leaf does not commit to the shown part as public")
	fmt.Println("OK")
}
